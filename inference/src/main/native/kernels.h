/* All kernels, over sixteen lanes; included once for each instruction set. What each computes, and
   the shapes, stand at Backend.java; the Java twins define the results. Sums that make one number
   are added in one order, whatever tile they fall into. */

/* e^x to about 2 units in the last place; 0 far below, infinity far above, NaN for NaN.
   Cody-Waite reduction and the Taylor polynomial of degree 7 on [-ln2/2, ln2/2]. */
INLINE vf vf_exp(vf x) {
  x = vf_min(vf_set1(90.0f), vf_max(vf_set1(-105.0f), x));
  vf n = vf_round(vf_mul(x, vf_set1(1.44269504f)));
  vf r = vf_fma(n, vf_set1(-0.693359375f), x);
  r = vf_fma(n, vf_set1(2.12194440e-4f), r);
  vf p = vf_set1(1.0f / 5040);
  p = vf_fma(p, r, vf_set1(1.0f / 720));
  p = vf_fma(p, r, vf_set1(1.0f / 120));
  p = vf_fma(p, r, vf_set1(1.0f / 24));
  p = vf_fma(p, r, vf_set1(1.0f / 6));
  p = vf_fma(p, r, vf_set1(0.5f));
  p = vf_fma(p, r, vf_set1(1.0f));
  p = vf_fma(p, r, vf_set1(1.0f));
  return vf_scale2(p, n);
}

/* 1 - 2 / (e^2x + 1): right to an absolute 1e-7. */
INLINE vf vf_tanh(vf x) {
  vf e = vf_exp(vf_add(x, x));
  return vf_sub(vf_set1(1), vf_div(vf_set1(2), vf_add(e, vf_set1(1))));
}

/* Abramowitz & Stegun 7.1.26: right to an absolute 1.5e-7. The even part; the caller has the sign. */
INLINE vf vf_erf_abs(vf a) {
  vf t = vf_div(vf_set1(1), vf_fma(vf_set1(0.3275911f), a, vf_set1(1)));
  vf p = vf_set1(1.061405429f);
  p = vf_fma(p, t, vf_set1(-1.453152027f));
  p = vf_fma(p, t, vf_set1(1.421413741f));
  p = vf_fma(p, t, vf_set1(-0.284496736f));
  p = vf_fma(p, t, vf_set1(0.254829592f));
  vf e = vf_exp(vf_mul(vf_set1(-1), vf_mul(a, a)));
  return vf_sub(vf_set1(1), vf_mul(vf_mul(p, t), e));
}

INLINE vf activated(int f, vf x) {
  vf one = vf_set1(1), half = vf_mul(vf_set1(0.5f), x);
  switch (f) {
    case 0: return vf_div(x, vf_add(one, vf_exp(vf_sub(vf_set1(0), x))));
    case 1: {
      vf cube = vf_mul(vf_mul(x, x), x);
      vf inner = vf_mul(vf_set1(0.7978845608f), vf_fma(vf_set1(0.044715f), cube, x));
      return vf_fma(half, vf_tanh(inner), half);
    }
    case 2: {
      vf e = vf_erf_abs(vf_mul(vf_abs(x), vf_set1(0.70710678f)));
      return vf_fma(vf_abs(half), e, half); /* x erf(x) is even */
    }
    case 3: return vf_max(vf_set1(0), x);
    default: return vf_tanh(x);
  }
}

/* Fewer than sixteen: through a buffer, so that nothing outside is touched. */
INLINE vf load_n(const float *p, long n) {
  if (n >= 16) return vf_load(p);
  float all[16] = {0};
  memcpy(all, p, sizeof(float) * (size_t)n);
  return vf_load(all);
}

EXPORT void FN(gate)(int f, const float *g, const float *u, long stride, float *y, long y_stride,
                     int rows, int width) {
  for (int r = 0; r < rows; r++, g += stride, u += stride, y += y_stride)
    for (int i = 0; i < width; i += 16)
      vf_store_n(y + i, vf_mul(activated(f, load_n(g + i, width - i)), load_n(u + i, width - i)),
                 width - i);
}

EXPORT void FN(activate)(int f, const float *x, float *y, long n) {
  for (long i = 0; i < n; i += 16)
    vf_store_n(y + i, activated(f, load_n(x + i, n - i)), n - i < 16 ? (int)(n - i) : 16);
}

EXPORT void FN(add)(const float *x, float scale, float *y, long n) {
  for (long i = 0; i < n; i += 16)
    vf_store_n(y + i, vf_fma(load_n(x + i, n - i), vf_set1(scale), load_n(y + i, n - i)),
               n - i < 16 ? (int)(n - i) : 16);
}

EXPORT void FN(rms_norm)(const float *x, long x_stride, const float *w, float *y, long y_stride,
                         int rows, int width, float epsilon) {
  for (int r = 0; r < rows; r++, x += x_stride, y += y_stride) {
    /* Sixteen partial sums in double: a wide row loses nothing. */
    double part[16] = {0}, sum = 0;
    int i = 0;
    for (; i + 16 <= width; i += 16)
      for (int l = 0; l < 16; l++) part[l] += (double)x[i + l] * x[i + l];
    for (; i < width; i++) sum += (double)x[i] * x[i];
    for (int l = 0; l < 16; l++) sum += part[l];
    vf factor = vf_set1((float)(1 / sqrt(sum / width + epsilon)));
    for (i = 0; i < width; i += 16)
      vf_store_n(y + i,
                 vf_mul(vf_mul(load_n(x + i, width - i), factor), load_n(w + i, width - i)),
                 width - i);
  }
}

EXPORT void FN(layer_norm)(const float *x, const float *w, const float *b, float *y, int rows,
                           int width, float epsilon) {
  for (int r = 0; r < rows; r++, x += width, y += width) {
    double part[16] = {0}, sum = 0, squares = 0;
    int i = 0;
    for (; i + 16 <= width; i += 16)
      for (int l = 0; l < 16; l++) part[l] += x[i + l];
    for (; i < width; i++) sum += x[i];
    for (int l = 0; l < 16; l++) sum += part[l], part[l] = 0;
    double mean = sum / width;
    for (i = 0; i + 16 <= width; i += 16)
      for (int l = 0; l < 16; l++) part[l] += (x[i + l] - mean) * (x[i + l] - mean);
    for (; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
    for (int l = 0; l < 16; l++) squares += part[l];
    double factor = 1 / sqrt(squares / width + epsilon);
    for (i = 0; i < width; i++) y[i] = (float)((x[i] - mean) * factor) * w[i] + b[i];
  }
}

EXPORT void FN(rope)(int pairs, float *x, long stride, const float *turns, int tokens, int heads,
                     int head_dim, int rotary) {
  int half = rotary / 2;
  int step = pairs ? 2 : 1, apart = pairs ? 1 : half;
  for (int t = 0; t < tokens; t++, turns += rotary)
    for (int h = 0; h < heads; h++) {
      float *at = x + t * stride + (long)h * head_dim;
      for (int i = 0; i < half; i++) {
        float *a = at + i * step, *b = a + apart;
        float c = turns[2 * i], s = turns[2 * i + 1], p = *a, q = *b;
        *a = p * c - q * s;
        *b = p * s + q * c;
      }
    }
}

EXPORT void FN(softcap)(float *x, float cap, long n) {
  for (long i = 0; i < n; i++) x[i] = cap * tanhf(x[i] / cap);
}

EXPORT void FN(quantize)(const float *x, int columns, int first, int last, int8_t *codes,
                         float *scales, int32_t *sums) {
  long blocks = columns / 32;
  for (long b = first * blocks; b < last * blocks; b++) {
    vf low = vf_load(x + 32 * b), high = vf_load(x + 32 * b + 16);
    float max = vf_most(vf_max(vf_abs(low), vf_abs(high)));
    vf zero = vf_set1(0);
    float poison = vf_sum(vf_add(vf_mul(low, zero), vf_mul(high, zero)));
    float inverse = max > 0 ? 127 / max : 0;
    if (inverse > FLT_MAX) inverse = 0;
    vf by = vf_set1(inverse);
    vi_store_bytes(codes + 32 * b, vi_round(vf_mul(low, by)));
    vi_store_bytes(codes + 32 * b + 16, vi_round(vf_mul(high, by)));
    for (int half = 0; half < 2; half++) {
      int32_t sum = 0;
      for (int i = 0; i < 16; i++) sum += codes[32 * b + 16 * half + i];
      sums[2 * b + half] = sum;
    }
    scales[b] = max / 127 + poison;
  }
}

/* ---- Products with packed weights ---- */

INLINE vf scale_at(const uint8_t *p, int bytes, long index) {
  return bytes == 2 ? vf_half(p + 32 * index) : vf_load((const float *)(p + 64 * index));
}

INLINE int32_t four_at(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return four;
}

/* A tile of PANELS panels and TN tokens over all of K. Integers are exact within a group; groups are
   added in order. */
INLINE void code_tile(const int tn, const int bits, const int group, const int scale_bytes,
                      const int minima, const uint8_t *const *panels, long next, int zero,
                      int columns, const int8_t *x, const float *xs, const int32_t *xsum, float *const *y,
                      const int *rows, long y_stride, const float *const *bias) {
  long blocks = columns / 32;
  const long block_bytes = 64 * bits;
  const int groups = 32 / group;
  const long codes_bytes = blocks * block_bytes;
  const long scales_bytes = blocks * groups * 16 * scale_bytes;
  vf sum[PANELS][CODE_TOKENS];
  UNROLL for (int p = 0; p < PANELS; p++)
    UNROLL for (int t = 0; t < tn; t++) sum[p][t] = vf_set1(0);
  for (long b = 0; b < blocks; b++) {
    if (tn == 1) {
      /* Past the end of the codes come those of the tile that is next, and its scales are asked for
         all along: they are needed from its first block on. */
      long ahead = b * block_bytes + AHEAD_BYTES;
      if (ahead >= codes_bytes) ahead += next - codes_bytes;
      UNROLL for (int p = 0; p < PANELS; p++) {
        UNROLL for (int i = 0; i < bits; i++) PREFETCH(panels[p] + ahead + 64 * i);
        UNROLL for (int g = 0; g < groups; g++)
          PREFETCH(panels[p] + next + codes_bytes + (b * groups + g) * 16 * scale_bytes);
      }
    }
    UNROLL for (int g = 0; g < groups; g++) {
      vi dot[PANELS][CODE_TOKENS];
      int32_t of[CODE_TOKENS];
      UNROLL for (int t = 0; t < tn; t++) {
        const int32_t *s = xsum + 2 * (t * blocks + b);
        of[t] = groups == 2 ? s[g] : s[0] + s[1];
        vi start = vi_set1(-zero * of[t]);
        UNROLL for (int p = 0; p < PANELS; p++) dot[p][t] = start;
      }
      if (bits == 8) {
        UNROLL for (int j = g * group / 4; j < (g + 1) * group / 4; j++) {
          vi w[PANELS];
          UNROLL for (int p = 0; p < PANELS; p++)
            w[p] = vi_load(panels[p] + b * block_bytes + 64 * j);
          UNROLL for (int t = 0; t < tn; t++) {
            int32_t four = four_at(x + (long)t * columns + 32 * b + 4 * j);
            UNROLL for (int p = 0; p < PANELS; p++) dot[p][t] = vi_dot(dot[p][t], w[p], four);
          }
        }
      } else {
        UNROLL for (int j = 0; j < 4; j++) {
          vi w[PANELS];
          UNROLL for (int p = 0; p < PANELS; p++)
            w[p] = vi_load(panels[p] + b * block_bytes + 64 * j);
          if (groups == 1 || g == 0)
            UNROLL for (int t = 0; t < tn; t++) {
              int32_t four = four_at(x + (long)t * columns + 32 * b + 4 * j);
              UNROLL for (int p = 0; p < PANELS; p++)
                dot[p][t] = vi_dot_small(dot[p][t], vi_low4(w[p]), four);
            }
          if (groups == 1 || g == 1)
            UNROLL for (int t = 0; t < tn; t++) {
              int32_t four = four_at(x + (long)t * columns + 32 * b + 16 + 4 * j);
              UNROLL for (int p = 0; p < PANELS; p++)
                dot[p][t] = vi_dot_small(dot[p][t], vi_high4(w[p]), four);
            }
        }
      }
      UNROLL for (int p = 0; p < PANELS; p++) {
        const uint8_t *scales = panels[p] + codes_bytes;
        vf scale = scale_at(scales, scale_bytes, b * groups + g);
        UNROLL for (int t = 0; t < tn; t++)
          sum[p][t] = vf_fma(vf_mul(scale, vf_set1(xs[t * blocks + b])), vi_float(dot[p][t]),
                             sum[p][t]);
        if (minima) {
          vf least = scale_at(scales + scales_bytes, scale_bytes, b * groups + g);
          UNROLL for (int t = 0; t < tn; t++)
            sum[p][t] = vf_fma(vf_mul(least, vf_set1(xs[t * blocks + b])),
                               vf_set1((float)of[t]), sum[p][t]);
        }
      }
    }
  }
  UNROLL for (int p = 0; p < PANELS; p++) {
    vf add = bias[p] ? load_n(bias[p], rows[p]) : vf_set1(0);
    UNROLL for (int t = 0; t < tn; t++)
      if (rows[p] > 0)
        vf_store_n(y[p] + t * y_stride, bias[p] ? vf_add(sum[p][t], add) : sum[p][t], rows[p]);
  }
}

INLINE void float_tile(const int tn, const int type, const uint8_t *const *panels, int columns,
                       const float *x, float *const *y, const int *rows, long y_stride,
                       const float *const *bias) {
  const long row_bytes = type == 0 ? 64 : 32;
  vf sum[PANELS][FLOAT_TOKENS];
  UNROLL for (int p = 0; p < PANELS; p++)
    UNROLL for (int t = 0; t < tn; t++) sum[p][t] = vf_set1(0);
  for (long k = 0; k < columns; k++) {
    vf w[PANELS];
    UNROLL for (int p = 0; p < PANELS; p++) {
      const uint8_t *at = panels[p] + k * row_bytes;
      if (tn == 1) PREFETCH(at + AHEAD_BYTES);
      w[p] = type == 0 ? vf_load((const float *)at) : type == 1 ? vf_half(at) : vf_brain(at);
    }
    UNROLL for (int t = 0; t < tn; t++) {
      vf value = vf_set1(x[(long)t * columns + k]);
      UNROLL for (int p = 0; p < PANELS; p++) sum[p][t] = vf_fma(w[p], value, sum[p][t]);
    }
  }
  UNROLL for (int p = 0; p < PANELS; p++) {
    vf add = bias[p] ? load_n(bias[p], rows[p]) : vf_set1(0);
    UNROLL for (int t = 0; t < tn; t++)
      if (rows[p] > 0)
        vf_store_n(y[p] + t * y_stride, bias[p] ? vf_add(sum[p][t], add) : sum[p][t], rows[p]);
  }
}

/* One function for each format: its constants folded in. */
#define CODE_MATMUL(name, bits, group, scale_bytes, minima)                                        \
  static void FN(name)(const uint8_t *const *panels, long next, int zero, int columns,             \
                       const int8_t *x,                                                            \
                       const float *xs, const int32_t *xsum, int tokens, float *const *y,          \
                       const int *rows, long y_stride, const float *const *bias) {                 \
    long blocks = columns / 32;                                                                    \
    for (int t = 0; t < tokens;) {                                                                 \
      const int8_t *xt = x + (long)t * columns;                                                    \
      const float *xst = xs + t * blocks;                                                          \
      const int32_t *xsumt = xsum + 2 * t * blocks;                                                \
      float *yt[PANELS];                                                                           \
      for (int p = 0; p < PANELS; p++) yt[p] = y[p] + t * y_stride;                                \
      int left = tokens - t;                                                                       \
      TILES(CODE_TOKENS, left, t,                                                                  \
            code_tile, (bits, group, scale_bytes, minima, panels, next, zero, columns, xt, xst,    \
                        xsumt,                                                                     \
                        yt, rows, y_stride, bias))                                                 \
    }                                                                                              \
  }
#define FLOAT_MATMUL(name, type)                                                                   \
  static void FN(name)(const uint8_t *const *panels, int columns, const float *x, int tokens,      \
                       float *const *y, const int *rows, long y_stride,                            \
                       const float *const *bias) {                                                 \
    for (int t = 0; t < tokens;) {                                                                 \
      const float *xt = x + (long)t * columns;                                                     \
      float *yt[PANELS];                                                                           \
      for (int p = 0; p < PANELS; p++) yt[p] = y[p] + t * y_stride;                                \
      int left = tokens - t;                                                                       \
      TILES(FLOAT_TOKENS, left, t, float_tile, (type, panels, columns, xt, yt, rows, y_stride, bias)) \
    }                                                                                              \
  }

CODE_MATMUL(codes8, 8, 32, 2, 0)
CODE_MATMUL(codes4, 4, 32, 2, 0)
CODE_MATMUL(codes8_min, 8, 32, 2, 1)
CODE_MATMUL(codes4_min, 4, 32, 2, 1)
CODE_MATMUL(codes8_min_wide, 8, 32, 4, 1)
CODE_MATMUL(codes4_min_wide, 4, 32, 4, 1)
CODE_MATMUL(codes8_fine, 8, 16, 4, 0)
CODE_MATMUL(codes4_fine, 4, 16, 4, 0)
CODE_MATMUL(codes4_min_fine, 4, 16, 4, 1)
FLOAT_MATMUL(floats32, 0)
FLOAT_MATMUL(floats16, 1)
FLOAT_MATMUL(brains16, 2)

EXPORT void FN(matmul)(int format, const uint8_t *weights, long panel_bytes, int n, int columns,
                       int zero, int first, int last, const void *x, const float *xs,
                       const int32_t *xsum, int tokens, float *y, long y_stride,
                       const float *bias) {
  for (int panel = first; panel < last; panel += PANELS) {
    const uint8_t *panels[PANELS];
    float *to[PANELS];
    const float *of[PANELS];
    int rows[PANELS];
    for (int p = 0; p < PANELS; p++) {
      /* The last one again where there is none: computed twice, stored once. */
      int at = panel + p < last ? panel + p : last - 1;
      int left = n - 16 * at;
      panels[p] = weights + at * panel_bytes;
      rows[p] = panel + p < last ? (left < 16 ? left : 16) : 0;
      to[p] = y + 16L * at;
      of[p] = bias ? bias + 16L * at : 0;
    }
#define CODES(name) \
  FN(name)(panels, PANELS * panel_bytes, zero, columns, x, xs, xsum, tokens, to, rows, y_stride, of)
#define FLOATS(name) FN(name)(panels, columns, x, tokens, to, rows, y_stride, of)
    switch (format) {
      case 0: FLOATS(floats32); break;
      case 1: FLOATS(floats16); break;
      case 2: FLOATS(brains16); break;
      case 3: CODES(codes8); break;
      case 4: CODES(codes4); break;
      case 5: CODES(codes8_min); break;
      case 6: CODES(codes4_min); break;
      case 7: CODES(codes8_min_wide); break;
      case 8: CODES(codes4_min_wide); break;
      case 9: CODES(codes8_fine); break;
      case 10: CODES(codes4_fine); break;
      case 11: CODES(codes4_min_fine); break;
    }
#undef CODES
#undef FLOATS
  }
}

/* ---- Attention over pages ---- */

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
