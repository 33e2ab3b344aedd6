/* Products with packed weights. */

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
