/* Holds the kernels of one instruction set against those in plain C, over random numbers: for
   processors that are not here, under an emulator. Prints the largest differences, and ends with 1
   where one is too large. See compare-arm.sh. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define OTHER(name) PASTE(engram_##name, ISA)

#define DECLARE(name, args)                                                                        \
  void engram_##name##_plain args;                                                                 \
  void OTHER(name) args;
DECLARE(quantize, (const float *, int, int, int, int8_t *, float *, int32_t *))
DECLARE(matmul, (int, const uint8_t *, long, int, int, int, int, int, const void *, const float *,
                 const int32_t *, int, float *, long, const float *))
DECLARE(rms_norm, (const float *, long, const float *, float *, long, int, int, float))
DECLARE(layer_norm, (const float *, const float *, const float *, float *, int, int, float))
DECLARE(rope, (int, float *, long, const float *, int, int, int, int))
DECLARE(gate, (int, const float *, const float *, long, float *, long, int, int))
DECLARE(activate, (int, const float *, float *, long))
DECLARE(add, (const float *, float, float *, long))
DECLARE(attend, (int, int, const uint8_t *, const int32_t *, int, const float *, long,
                 const int32_t *, int, int, int, int, int, float, float, float *, float *, float *,
                 void *))
DECLARE(column_sums, (int, int, const uint8_t *, const int32_t *, int, const float *, long,
                      const int32_t *, int, int, int, int, int, float, float, const float *, long,
                      float *, void *))

static uint64_t state = 7;
static uint32_t draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static float real(void) { return (float)draw() / 1073741824.0f - 1; }
static int below(int n) { return (int)(draw() % (uint32_t)n); }

static int failed;

/* |a - b| against what the numbers that were added up to them may be off by; NaN equals NaN. */
static void close_to(const char *what, const float *a, const float *b, long n, double tolerance) {
  double most = 0;
  for (long i = 0; i < n; i++) {
    if (isnan(a[i]) && isnan(b[i])) continue;
    if (a[i] == b[i]) continue;
    double off = fabs((double)a[i] - b[i]) / (1 + fabs((double)b[i]));
    if (!(off <= most)) most = off;
  }
  if (!(most <= tolerance)) {
    printf("%s: off by %g > %g\n", what, most, tolerance);
    failed = 1;
  }
}

static void same(const char *what, const void *a, const void *b, size_t bytes) {
  if (memcmp(a, b, bytes)) {
    printf("%s: not the same\n", what);
    failed = 1;
  }
}

static float *reals(long n) {
  float *x = aligned_alloc(64, (size_t)(4 * n + 127) / 64 * 64);
  for (long i = 0; i < n; i++) x[i] = real();
  return x;
}

static void half_scales(uint8_t *p, long n) {
  for (long i = 0; i < n; i++) {
    uint16_t h = (uint16_t)(0x1c00 + below(0x0c00));
    memcpy(p + 2 * i, &h, 2);
  }
}

static void products(void) {
  static const struct { int bits, group, scale, minima; } formats[] = {
      {8, 32, 2, 0}, {4, 32, 2, 0}, {8, 32, 2, 1}, {4, 32, 2, 1}, {8, 32, 4, 1},
      {4, 32, 4, 1}, {8, 16, 4, 0}, {4, 16, 4, 0}, {4, 16, 4, 1}};
  for (int format = 0; format < 12; format++) {
    for (int round = 0; round < 12; round++) {
      int n = 1 + below(70), columns = 32 * (1 + below(9)), tokens = 1 + below(13);
      int blocks = columns / 32, panels = (n + 15) / 16;
      long panel_bytes;
      if (format < 3) {
        panel_bytes = 16L * columns * (format == 0 ? 4 : 2);
      } else {
        long groups = 32 / formats[format - 3].group;
        panel_bytes = 64L * formats[format - 3].bits * blocks +
                      16L * formats[format - 3].scale * groups * blocks *
                          (1 + formats[format - 3].minima);
      }
      uint8_t *w = aligned_alloc(64, (size_t)(panel_bytes * panels + 4096) / 64 * 64);
      for (long i = 0; i < panel_bytes * panels; i++) w[i] = (uint8_t)draw();
      for (int p = 0; p < panels; p++) {
        uint8_t *at = w + p * panel_bytes;
        if (format == 0) {
          for (int i = 0; i < 16 * columns; i++) ((float *)at)[i] = real();
        } else if (format == 1) {
          half_scales(at, 16L * columns);
        } else if (format == 2) {
          for (int i = 0; i < 16 * columns; i++) {
            float f = real();
            uint32_t bits;
            memcpy(&bits, &f, 4);
            ((uint16_t *)at)[i] = (uint16_t)(bits >> 16);
          }
        } else {
          long codes = 64L * formats[format - 3].bits * blocks;
          long scales = (panel_bytes - codes) / formats[format - 3].scale;
          if (formats[format - 3].scale == 2) {
            half_scales(at + codes, scales);
          } else {
            for (long i = 0; i < scales; i++) ((float *)(at + codes))[i] = real() / 64;
          }
        }
      }
      float *x = reals((long)tokens * columns), *bias = reals(16L * panels);
      int8_t *codes = malloc((size_t)tokens * columns);
      float *scales = reals((long)tokens * blocks);
      int32_t *sums = malloc(8u * (size_t)tokens * blocks);
      engram_quantize_plain(x, columns, 0, tokens, codes, scales, sums);
      float *one = reals((long)tokens * n), *two = reals((long)tokens * n);
      int zero = format == 3 ? 128 : format == 4 ? 8 : 0;
      const void *in = format < 3 ? (const void *)x : codes;
      engram_matmul_plain(format, w, panel_bytes, n, columns, zero, 0, panels, in, scales, sums,
                          tokens, one, n, round % 2 ? bias : 0);
      OTHER(matmul)(format, w, panel_bytes, n, columns, zero, 0, panels, in, scales, sums, tokens,
                    two, n, round % 2 ? bias : 0);
      char what[64];
      sprintf(what, "product, format %d, %d x %d, %d tokens", format, n, columns, tokens);
      close_to(what, one, two, (long)tokens * n, 1e-5 * columns);
      free(w), free(x), free(bias), free(codes), free(scales), free(sums), free(one), free(two);
    }
  }
}

static void rows(void) {
  for (int round = 0; round < 60; round++) {
    int n = 1 + below(9), width = 32 * (1 + below(6));
    long all = (long)n * width;
    float *x = reals(all), *w = reals(width), *b = reals(width), *one = reals(all),
          *two = reals(all), *up = reals(all);
    if (round % 5 == 1) x[below((int)all)] = NAN;
    if (round % 5 == 2) x[below((int)all)] = INFINITY;
    if (round % 5 == 3) memset(x, 0, 4 * (size_t)all);
    if (round % 5 == 4)
      for (long i = 0; i < all; i++) x[i] *= 1e-38f;
    int8_t *c1 = malloc((size_t)all), *c2 = malloc((size_t)all);
    float *s1 = reals(all / 32), *s2 = reals(all / 32);
    int32_t *t1 = malloc((size_t)all / 4), *t2 = malloc((size_t)all / 4);
    engram_quantize_plain(x, width, 0, n, c1, s1, t1);
    OTHER(quantize)(x, width, 0, n, c2, s2, t2);
    close_to("quantize, scales", s1, s2, all / 32, 0);
    if (round % 5 != 1 && round % 5 != 2) {
      same("quantize, codes", c1, c2, (size_t)all);
      same("quantize, sums", t1, t2, (size_t)all / 4);
    }
    engram_rms_norm_plain(x, width, w, one, width, n, width, 1e-5f);
    OTHER(rms_norm)(x, width, w, two, width, n, width, 1e-5f);
    close_to("rms norm", one, two, all, 1e-5);
    engram_layer_norm_plain(x, w, b, one, n, width, 1e-5f);
    OTHER(layer_norm)(x, w, b, two, n, width, 1e-5f);
    close_to("layer norm", one, two, all, 1e-4);
    for (int f = 0; f < 5; f++) {
      engram_gate_plain(f, x, up, width, one, width, n, width);
      OTHER(gate)(f, x, up, width, two, width, n, width);
      close_to("gate", one, two, all, 1e-5);
      engram_activate_plain(f, x, one, all - 5);
      OTHER(activate)(f, x, two, all - 5);
      close_to("activation", one, two, all - 5, 1e-5);
    }
    memcpy(one, up, 4 * (size_t)all), memcpy(two, up, 4 * (size_t)all);
    engram_add_plain(x, 0.3f, one, all - 3);
    OTHER(add)(x, 0.3f, two, all - 3);
    close_to("add", one, two, all, 1e-6);
    for (int pairs = 0; pairs < 2; pairs++) {
      memcpy(one, up, 4 * (size_t)all), memcpy(two, up, 4 * (size_t)all);
      engram_rope_plain(pairs, one, width, x, n, 1, width, 16);
      OTHER(rope)(pairs, two, width, x, n, 1, width, 16);
      close_to("rope", one, two, all, 1e-5);
    }
    free(x), free(w), free(b), free(one), free(two), free(up), free(c1), free(c2), free(s1);
    free(s2), free(t1), free(t2);
  }
}

static void pages(void) {
  static const int dims[] = {8, 64, 72, 80, 96, 128};
  for (int round = 0; round < 200; round++) {
    int type = round % 4, dim = dims[below(6)], count = 1 + below(5), tokens = 1 + below(5);
    int group = 1 + below(7), unit = type >= 2 ? 32 : 16, width = (dim + unit - 1) / unit * unit;
    long numbers = 32L * width, scales = type >= 2 ? 64L * (width / 32) * (type - 1) : 0;
    long values = type == 0 ? 128L * dim : type == 1 ? 64L * dim : type == 2 ? numbers : numbers / 2;
    long key_scales = values + (type == 0 ? 4 * numbers : type == 1 ? 2 * numbers
                                : type == 2 ? numbers : numbers / 2);
    long positions = key_scales + 2 * scales, bytes = positions + 128;
    uint8_t *base = aligned_alloc(64, (size_t)(bytes * count + 127) / 64 * 64);
    for (long i = 0; i < bytes * count; i++) base[i] = (uint8_t)draw();
    int32_t ids[8], queries[8];
    for (int p = 0; p < count; p++) {
      uint8_t *at = base + p * bytes;
      ids[p] = p;
      if (type == 0)
        for (long i = 0; i < key_scales / 4; i++) ((float *)at)[i] = real();
      if (type == 1)
        for (long i = 0; i < key_scales / 2; i++) {
          uint16_t h = (uint16_t)((draw() & 0x8000) | (0x2c00 + below(0x0c00)));
          memcpy(at + 2 * i, &h, 2);
        }
      if (type >= 2) half_scales(at + key_scales, scales);
      for (int j = 0; j < 32; j++)
        ((int32_t *)(at + positions))[j] = 32 * p + j < 32 * count - 7 ? 32 * p + j : INT32_MAX;
    }
    for (int t = 0; t < tokens; t++) queries[t] = below(32 * count);
    long row = (long)group * dim;
    float *q = reals(tokens * row);
    long rows = (long)tokens * group;
    float *one = reals(rows * width), *two = reals(rows * width), *lse = reals(rows);
    float *m1 = reals(rows), *m2 = reals(rows), *s1 = reals(rows), *s2 = reals(rows);
    void *scratch = aligned_alloc(64, (size_t)(4 * rows * (36 + width) + 256L * width + 8192) / 64 * 64);
    int causal = below(2), window = below(3) ? 0 : 1 + below(40), sinks = window ? below(5) : 0;
    float cap = below(3) ? 0 : 5, scale = 1 / sqrtf((float)dim);
    engram_attend_plain(type, dim, base, ids, count, q, row, queries, tokens, group, causal, window,
                        sinks, scale, cap, one, m1, s1, scratch);
    OTHER(attend)(type, dim, base, ids, count, q, row, queries, tokens, group, causal, window,
                  sinks, scale, cap, two, m2, s2, scratch);
    char what[64];
    sprintf(what, "attention, type %d, dim %d", type, dim);
    close_to(what, one, two, rows * width, 1e-4);
    close_to(what, m1, m2, rows, 1e-4);
    close_to(what, s1, s2, rows, 1e-4);
    for (long r = 0; r < rows; r++) lse[r] = s1[r] > 0 ? m1[r] + logf(s1[r]) : -INFINITY;
    float *c1 = calloc(32u * (size_t)count, 4), *c2 = calloc(32u * (size_t)count, 4);
    engram_column_sums_plain(type, dim, base, ids, count, q, row, queries, tokens, group, causal,
                             window, sinks, scale, cap, lse, group, c1, scratch);
    OTHER(column_sums)(type, dim, base, ids, count, q, row, queries, tokens, group, causal, window,
                       sinks, scale, cap, lse, group, c2, scratch);
    sprintf(what, "column sums, type %d, dim %d", type, dim);
    close_to(what, c1, c2, 32L * count, 1e-4);
    free(base), free(q), free(one), free(two), free(lse), free(m1), free(m2), free(s1), free(s2);
    free(scratch), free(c1), free(c2);
  }
}

int main(void) {
  products();
  rows();
  pages();
  puts(failed ? "not alike" : "alike");
  return failed;
}
