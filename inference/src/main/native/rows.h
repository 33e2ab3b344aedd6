/* Rows of numbers: functions, norms, rotations, codes. */

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
