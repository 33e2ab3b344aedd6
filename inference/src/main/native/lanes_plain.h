/* Sixteen lanes in plain C, for every other processor; compilers vectorise most of it. */

typedef struct { float v[16]; } vf;
typedef struct { int32_t v[16]; } vi;

#define PANELS 1
#define CODE_TOKENS 1
#define FLOAT_TOKENS 1
#define SCORE_ROWS 1
#define VALUE_ROWS 1

#define LANES for (int i = 0; i < 16; i++)

INLINE vf vf_load(const float *p) { vf r; memcpy(r.v, p, sizeof r.v); return r; }
INLINE void vf_store(float *p, vf a) { memcpy(p, a.v, sizeof a.v); }
INLINE void vf_store_n(float *p, vf a, int n) {
  memcpy(p, a.v, sizeof(float) * (size_t)(n < 16 ? n : 16));
}
INLINE vf vf_set1(float x) { vf r; LANES r.v[i] = x; return r; }
INLINE vf vf_add(vf a, vf b) { LANES a.v[i] += b.v[i]; return a; }
INLINE vf vf_sub(vf a, vf b) { LANES a.v[i] -= b.v[i]; return a; }
INLINE vf vf_mul(vf a, vf b) { LANES a.v[i] *= b.v[i]; return a; }
INLINE vf vf_div(vf a, vf b) { LANES a.v[i] /= b.v[i]; return a; }
INLINE vf vf_fma(vf a, vf b, vf c) { LANES c.v[i] += a.v[i] * b.v[i]; return c; }
INLINE vf vf_max(vf a, vf b) { LANES a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return a; }
INLINE vf vf_min(vf a, vf b) { LANES a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return a; }
INLINE vf vf_abs(vf a) { LANES a.v[i] = __builtin_fabsf(a.v[i]); return a; }
/* Half to even, by the adder's own rounding; for |a| < 2^22, which is all that is asked. */
INLINE vf vf_round(vf a) {
  LANES {
    volatile float moved = a.v[i] + 12582912.0f;
    a.v[i] = moved - 12582912.0f;
  }
  return a;
}
INLINE float power2(int n) {
  uint32_t bits = (uint32_t)(n + 127) << 23;
  float r;
  memcpy(&r, &bits, 4);
  return r;
}
INLINE vf vf_scale2(vf a, vf n) {
  LANES {
    /* NaN passes through the clamp of the exponential; no cast of it is defined. */
    int whole = n.v[i] == n.v[i] ? (int)n.v[i] : 0;
    a.v[i] = a.v[i] * power2(whole / 2) * power2(whole - whole / 2);
  }
  return a;
}
INLINE float half_float(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16;
  uint32_t rest = h & 0x7fff;
  float r;
  if (rest >= 0x7c00) {
    rest = sign | 0x7f800000 | (rest & 0x3ff) << 13;
  } else if (rest >= 0x400) {
    rest = sign | ((rest << 13) + 0x38000000);
  } else {
    float small = (float)rest * 0x1p-24f;
    memcpy(&rest, &small, 4);
    rest |= sign;
  }
  memcpy(&r, &rest, 4);
  return r;
}
INLINE vf vf_half(const void *p) {
  uint16_t h[16];
  vf r;
  memcpy(h, p, sizeof h);
  LANES r.v[i] = half_float(h[i]);
  return r;
}
INLINE vf vf_brain(const void *p) {
  uint16_t h[16];
  vf r;
  memcpy(h, p, sizeof h);
  LANES {
    uint32_t bits = (uint32_t)h[i] << 16;
    memcpy(&r.v[i], &bits, 4);
  }
  return r;
}
INLINE vf vf_bytes(const int8_t *p) { vf r; LANES r.v[i] = p[i]; return r; }
INLINE vf vf_nibbles(const uint8_t *p, int high) {
  vf r;
  LANES r.v[i] = (float)(high ? p[i] >> 4 : p[i] & 15);
  return r;
}
INLINE float vf_sum(vf a) {
  for (int step = 8; step > 0; step /= 2)
    for (int i = 0; i < step; i++) a.v[i] += a.v[i + step];
  return a.v[0];
}
INLINE float vf_most(vf a) {
  float most = a.v[0];
  LANES most = most > a.v[i] ? most : a.v[i];
  return most;
}
INLINE vf vf_select(uint32_t bits, vf a, vf b) {
  LANES a.v[i] = bits >> i & 1 ? a.v[i] : b.v[i];
  return a;
}

INLINE vi vi_load(const void *p) { vi r; memcpy(r.v, p, sizeof r.v); return r; }
INLINE vi vi_set1(int32_t x) { vi r; LANES r.v[i] = x; return r; }
INLINE vi vi_add(vi a, vi b) { LANES a.v[i] += b.v[i]; return a; }
INLINE vf vi_float(vi a) { vf r; LANES r.v[i] = (float)a.v[i]; return r; }
INLINE vi vi_round(vf a) {
  vi r;
  a = vf_round(a);
  LANES r.v[i] = a.v[i] == a.v[i] ? (int32_t)a.v[i] : 0;
  return r;
}
INLINE vi vi_low4(vi a) { LANES a.v[i] &= 0x0f0f0f0f; return a; }
INLINE vi vi_high4(vi a) { LANES a.v[i] = (int32_t)((uint32_t)a.v[i] >> 4 & 0x0f0f0f0f); return a; }
INLINE void vi_store_bytes(int8_t *p, vi a) {
  LANES p[i] = (int8_t)(a.v[i] > 127 ? 127 : a.v[i] < -128 ? -128 : a.v[i]);
}
INLINE int32_t vi_sum(vi a) { int32_t s = 0; LANES s += a.v[i]; return s; }
INLINE uint32_t vi_between(vi a, int32_t low, int32_t high) {
  uint32_t bits = 0;
  LANES bits |= (uint32_t)(low < a.v[i] && a.v[i] < high) << i;
  return bits;
}
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  int32_t x0 = (int8_t)four, x1 = (int8_t)(four >> 8), x2 = (int8_t)(four >> 16), x3 = four >> 24;
  LANES {
    uint32_t c = (uint32_t)codes.v[i];
    acc.v[i] += (int32_t)(c & 255) * x0 + (int32_t)(c >> 8 & 255) * x1 +
                (int32_t)(c >> 16 & 255) * x2 + (int32_t)(c >> 24) * x3;
  }
  return acc;
}
#define vi_dot_small vi_dot
