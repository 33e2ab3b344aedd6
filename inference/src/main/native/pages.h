/* Attention over pages. */

/* Scores of `rows` queries against the 32 keys of a page: [rows][32]. Lanes are keys. */
INLINE void score_tile(const int rn, const int half, const void *keys, int head_dim,
                       const float *q, int q_stride, float *scores, const void *ahead) {
  vf s[SCORE_ROWS][2];
  UNROLL for (int r = 0; r < rn; r++) s[r][0] = s[r][1] = vf_set1(0);
  for (int d = 0; d < head_dim; d++) {
    vf k0, k1;
    if (half) {
      const uint16_t *k = (const uint16_t *)keys + 32 * d;
      k0 = vf_half(k);
      k1 = vf_half(k + 16);
      PREFETCH((const uint16_t *)ahead + 32 * d);
    } else {
      const float *k = (const float *)keys + 32 * d;
      k0 = vf_load(k);
      k1 = vf_load(k + 16);
    }
    UNROLL for (int r = 0; r < rn; r++) {
      vf value = vf_set1(q[r * q_stride + d]);
      s[r][0] = vf_fma(value, k0, s[r][0]);
      s[r][1] = vf_fma(value, k1, s[r][1]);
    }
  }
  UNROLL for (int r = 0; r < rn; r++) {
    vf_store(scores + 32 * r, s[r][0]);
    vf_store(scores + 32 * r + 16, s[r][1]);
  }
}

/* out = factor out + p V for `rn` rows and `cn` vectors of channels. Lanes are channels. */
INLINE void value_tile(const int rn, const int cn, const int half, const void *values, int width,
                       const float *p, const float *factors, float *out, const void *ahead) {
  vf o[VALUE_ROWS][4];
  UNROLL for (int r = 0; r < rn; r++)
    UNROLL for (int c = 0; c < cn; c++)
      o[r][c] = vf_mul(vf_load(out + r * width + 16 * c), vf_set1(factors[r]));
  for (int j = 0; j < 32; j++) {
    vf v[4];
    UNROLL for (int c = 0; c < cn; c++)
      v[c] = half ? vf_half((const uint16_t *)values + j * width + 16 * c)
                  : vf_load((const float *)values + j * width + 16 * c);
    if (half) PREFETCH((const uint16_t *)ahead + j * width);
    UNROLL for (int r = 0; r < rn; r++) {
      vf share = vf_set1(p[32 * r + j]);
      UNROLL for (int c = 0; c < cn; c++) o[r][c] = vf_fma(share, v[c], o[r][c]);
    }
  }
  UNROLL for (int r = 0; r < rn; r++)
    UNROLL for (int c = 0; c < cn; c++) vf_store(out + r * width + 16 * c, o[r][c]);
}

#define SCORES(name, half)                                                                         \
  static void FN(name)(const void *keys, int head_dim, const float *q, int rows, float *scores,    \
                       const void *ahead) {                                                        \
    for (int r = 0; r < rows;) {                                                                   \
      const float *qr = q + (long)r * head_dim;                                                    \
      float *to = scores + 32L * r;                                                                \
      int left = rows - r;                                                                         \
      TILES(SCORE_ROWS, left, r, score_tile, (half, keys, head_dim, qr, head_dim, to, ahead))      \
    }                                                                                              \
  }
SCORES(scores16, 1)
SCORES(scores32, 0)

#define VALUES(name, half, bytes)                                                                  \
  static void FN(name)(const uint8_t *values, int width, const float *p, const float *factors,     \
                       int rows, float *out, const uint8_t *ahead) {                               \
    for (int r = 0; r < rows;) {                                                                   \
      int left = rows - r, step = 0;                                                               \
      for (int c = 0; c < width;) {                                                                \
        const uint8_t *from = values + (long)bytes * c, *next = ahead + (long)bytes * c;           \
        const float *pr = p + 32L * r, *fr = factors + r;                                          \
        float *to = out + (long)r * width + c;                                                     \
        step = 0;                                                                                  \
        if (c + 64 <= width) {                                                                     \
          TILES(VALUE_ROWS, left, step, VALUE_TILE_4, (half, from, width, pr, fr, to, next))       \
          c += 64;                                                                                 \
        } else {                                                                                   \
          TILES(VALUE_ROWS, left, step, VALUE_TILE_1, (half, from, width, pr, fr, to, next))       \
          c += 16;                                                                                 \
        }                                                                                          \
      }                                                                                            \
      r += step;                                                                                   \
    }                                                                                              \
  }
#define VALUE_TILE_4(rn, ...) value_tile(rn, 4, __VA_ARGS__)
#define VALUE_TILE_1(rn, ...) value_tile(rn, 1, __VA_ARGS__)
VALUES(values16, 1, 2)
VALUES(values32, 0, 4)

/* What lies where in a page: PageFormat.java. */
typedef struct {
  int type, head_dim, width;
  long bytes, values, key_scales, value_scales, positions;
} FN(page);

static FN(page) FN(page_of)(int type, int head_dim) {
  FN(page) f = {.type = type, .head_dim = head_dim};
  int unit = type >= 2 ? 32 : 16;
  f.width = (head_dim + unit - 1) / unit * unit;
  long scales = type >= 2 ? 64L * (f.width / 32) * (type - 1) : 0;
  long numbers = 32L * f.width;
  f.values = type == 0 ? 128L * head_dim : type == 1 ? 64L * head_dim
             : type == 2 ? numbers : numbers / 2;
  f.key_scales = f.values + (type == 0 ? 4 * numbers : type == 1 ? 2 * numbers
                             : type == 2 ? numbers : numbers / 2);
  f.value_scales = f.key_scales + scales;
  f.positions = f.value_scales + scales;
  f.bytes = f.positions + 128;
  return f;
}

/* Keys coded in 8 or 4 bits to floats [head_dim][32]. */
static void FN(decode_keys)(const FN(page) *f, const uint8_t *page, float *to) {
  int groups = f->width / 32;
  for (int g = 0; g < groups; g++) {
    const uint8_t *s = page + f->key_scales + 64 * g;
    vf scale0 = vf_half(s), scale1 = vf_half(s + 32);
    vf least0 = vf_set1(0), least1 = vf_set1(0);
    if (f->type == 3) {
      least0 = vf_half(s + 64 * groups);
      least1 = vf_half(s + 64 * groups + 32);
    }
    for (int d = 32 * g; d < 32 * g + 32; d++) {
      vf k0, k1;
      if (f->type == 2) {
        k0 = vf_mul(scale0, vf_bytes((const int8_t *)page + 32 * d));
        k1 = vf_mul(scale1, vf_bytes((const int8_t *)page + 32 * d + 16));
      } else {
        k0 = vf_fma(scale0, vf_nibbles(page + 16 * d, 0), least0);
        k1 = vf_fma(scale1, vf_nibbles(page + 16 * d, 1), least1);
      }
      vf_store(to + 32 * d, k0);
      vf_store(to + 32 * d + 16, k1);
    }
  }
}

/* Values likewise, [32][width]. */
static void FN(decode_values)(const FN(page) *f, const uint8_t *page, float *to) {
  int groups = f->width / 32;
  float scales[32 * 32], minima[32 * 32]; /* a head is 1024 wide at most */
  for (int i = 0; i < 32 * groups; i += 16) {
    const uint8_t *s = page + f->value_scales + 2 * i;
    vf_store(scales + i, vf_half(s));
    if (f->type == 3) vf_store(minima + i, vf_half(s + 64 * groups));
  }
  for (int i = 0; i < 32 * groups; i++, to += 32) {
    vf scale = vf_set1(scales[i]);
    if (f->type == 2) {
      const int8_t *c = (const int8_t *)page + f->values + 32L * i;
      vf_store(to, vf_mul(scale, vf_bytes(c)));
      vf_store(to + 16, vf_mul(scale, vf_bytes(c + 16)));
    } else {
      vf least = vf_set1(minima[i]);
      const uint8_t *c = page + f->values + 16L * i;
      vf_store(to, vf_fma(scale, vf_nibbles(c, 0), least));
      vf_store(to + 16, vf_fma(scale, vf_nibbles(c, 1), least));
    }
  }
}

/* Bits of the page's entries that a query sees: Mask.java. */
INLINE uint32_t visible(const int32_t *positions, int32_t query, int causal, int window, int sinks) {
  int64_t low = window > 0 ? (int64_t)query - window : -1;
  int64_t high = causal ? (int64_t)query + 1
                        : window > 0 ? (int64_t)query + window : (int64_t)INT32_MAX + 1;
  vi p0 = vi_load(positions), p1 = vi_load(positions + 16);
  int32_t from = low < -1 ? -1 : (int32_t)low;
  /* Exclusive bounds: a position of INT32_MAX itself is never given out. */
  int32_t to = high > INT32_MAX ? INT32_MAX : (int32_t)high;
  uint32_t bits = vi_between(p0, from, to) | vi_between(p1, from, to) << 16;
  if (window > 0 && sinks > 0) {
    int32_t end = causal && query < sinks - 1 ? query + 1 : sinks;
    bits |= vi_between(p0, -1, end) | vi_between(p1, -1, end) << 16;
  }
  return bits;
}

/* Queries, scaled, one after the other: [tokens group][head_dim]. */
INLINE void gather(const float *q, long q_stride, int tokens, int group, int head_dim, float scale,
                   float *to) {
  for (int t = 0; t < tokens; t++)
    for (int i = 0; i < group * head_dim; i++) *to++ = q[t * q_stride + i] * scale;
}

INLINE float *aligned(void *p) { return (float *)(((uintptr_t)p + 63) & ~(uintptr_t)63); }

EXPORT void FN(attend)(int type, int head_dim, const uint8_t *base, const int32_t *ids, int pages,
                       const float *q, long q_stride, const int32_t *queries, int tokens,
                       int group, int causal, int window, int sinks, float scale, float softcap,
                       float *out, float *max, float *sum, void *scratch) {
  FN(page) f = FN(page_of)(type, head_dim);
  int rows = tokens * group;
  float *scaled = aligned(scratch);
  float *scores = aligned(scaled + (long)rows * head_dim);
  float *factors = aligned(scores + 32L * rows);
  float *keys = aligned(factors + rows);
  float *values = keys + 32L * f.width;
  gather(q, q_stride, tokens, group, head_dim, scale, scaled);
  memset(out, 0, sizeof(float) * (size_t)rows * (size_t)f.width);
  for (int r = 0; r < rows; r++) max[r] = -INFINITY, sum[r] = 0;
  for (int i = 0; i < pages; i++) {
    const uint8_t *page = base + ids[i] * f.bytes;
    const uint8_t *ahead = base + ids[i + 1 < pages ? i + 1 : i] * f.bytes;
    const int32_t *positions = (const int32_t *)(page + f.positions);
    /* Tokens that see nothing of the page are left out at both ends. */
    int from = 0, to = tokens;
    while (from < to && !visible(positions, queries[from], causal, window, sinks)) from++;
    while (from < to && !visible(positions, queries[to - 1], causal, window, sinks)) to--;
    if (from == to) continue;
    int first = from * group, count = (to - from) * group;
    const float *qr = scaled + (long)first * head_dim;
    if (type == 1) {
      FN(scores16)(page, head_dim, qr, count, scores, ahead);
    } else if (type == 0) {
      FN(scores32)(page, head_dim, qr, count, scores, page);
    } else {
      FN(decode_keys)(&f, page, keys);
      FN(scores32)(keys, head_dim, qr, count, scores, page);
    }
    for (int t = from; t < to; t++) {
      uint32_t bits = visible(positions, queries[t], causal, window, sinks);
      for (int h = 0; h < group; h++) {
        int r = t * group + h;
        float *s = scores + 32L * (r - first), *factor = factors + (r - first);
        vf zero = vf_set1(0);
        if (!bits) { /* in the middle: nothing changes */
          vf_store(s, zero);
          vf_store(s + 16, zero);
          *factor = 1;
          continue;
        }
        vf s0 = vf_load(s), s1 = vf_load(s + 16), none = vf_set1(-INFINITY);
        if (softcap > 0) {
          vf cap = vf_set1(softcap), by = vf_set1(1 / softcap);
          s0 = vf_mul(cap, vf_tanh(vf_mul(s0, by)));
          s1 = vf_mul(cap, vf_tanh(vf_mul(s1, by)));
        }
        s0 = vf_select(bits, s0, none);
        s1 = vf_select(bits >> 16, s1, none);
        float most = vf_most(vf_max(s0, s1));
        float now = most > max[r] ? most : max[r];
        vf top = vf_set1(now);
        /* Masked lanes by selection: infinity less infinity is no number. */
        vf p0 = vf_select(bits, vf_exp(vf_sub(s0, top)), zero);
        vf p1 = vf_select(bits >> 16, vf_exp(vf_sub(s1, top)), zero);
        vf_store(s, p0);
        vf_store(s + 16, p1);
        *factor = max[r] == -INFINITY ? 0 : expf(max[r] - now);
        sum[r] = sum[r] * *factor + vf_sum(vf_add(p0, p1));
        max[r] = now;
      }
    }
    float *to_row = out + (long)first * f.width;
    if (type == 1) {
      FN(values16)(page + f.values, f.width, scores, factors, count, to_row, ahead + f.values);
    } else if (type == 0) {
      FN(values32)(page + f.values, f.width, scores, factors, count, to_row, page);
    } else {
      FN(decode_values)(&f, page, values);
      FN(values32)((const uint8_t *)values, f.width, scores, factors, count, to_row, page);
    }
  }
}

EXPORT void FN(column_sums)(int type, int head_dim, const uint8_t *base, const int32_t *ids,
                            int pages, const float *q, long q_stride, const int32_t *queries,
                            int tokens, int group, int causal, int window, int sinks, float scale,
                            float softcap, const float *lse, long lse_stride, float *out,
                            void *scratch) {
  FN(page) f = FN(page_of)(type, head_dim);
  int rows = tokens * group;
  float *scaled = aligned(scratch);
  float *scores = aligned(scaled + (long)rows * head_dim);
  float *keys = aligned(scores + 33L * rows + 16);
  gather(q, q_stride, tokens, group, head_dim, scale, scaled);
  for (int i = 0; i < pages; i++) {
    const uint8_t *page = base + ids[i] * f.bytes;
    const int32_t *positions = (const int32_t *)(page + f.positions);
    if (type == 1) {
      FN(scores16)(page, head_dim, scaled, rows, scores, page);
    } else if (type == 0) {
      FN(scores32)(page, head_dim, scaled, rows, scores, page);
    } else {
      FN(decode_keys)(&f, page, keys);
      FN(scores32)(keys, head_dim, scaled, rows, scores, page);
    }
    vf a0 = vf_load(out + 32L * i), a1 = vf_load(out + 32L * i + 16), zero = vf_set1(0);
    for (int r = 0; r < rows; r++) {
      float total = lse[(r / group) * lse_stride + r % group];
      uint32_t bits = visible(positions, queries[r / group], causal, window, sinks);
      if (!bits || total == -INFINITY) continue;
      vf s0 = vf_load(scores + 32L * r), s1 = vf_load(scores + 32L * r + 16);
      if (softcap > 0) {
        vf cap = vf_set1(softcap), by = vf_set1(1 / softcap);
        s0 = vf_mul(cap, vf_tanh(vf_mul(s0, by)));
        s1 = vf_mul(cap, vf_tanh(vf_mul(s1, by)));
      }
      vf of = vf_set1(total);
      a0 = vf_add(a0, vf_select(bits, vf_exp(vf_sub(s0, of)), zero));
      a1 = vf_add(a1, vf_select(bits >> 16, vf_exp(vf_sub(s1, of)), zero));
    }
    vf_store(out + 32L * i, a0);
    vf_store(out + 32L * i + 16, a1);
  }
}
