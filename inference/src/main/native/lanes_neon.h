/* Sixteen lanes in four 128-bit registers of Arm. With the dot product of Armv8.2 or without. */
#include <arm_neon.h>

typedef struct { float32x4_t v[4]; } vf;
typedef struct { int32x4_t v[4]; } vi;

#define PANELS 1
#define CODE_TOKENS 4
#define FLOAT_TOKENS 4
#define SCORE_ROWS 4
#define VALUE_ROWS 4

#define EACH UNROLL for (int i = 0; i < 4; i++)

INLINE vf vf_load(const float *p) { vf r; EACH r.v[i] = vld1q_f32(p + 4 * i); return r; }
INLINE void vf_store(float *p, vf a) { EACH vst1q_f32(p + 4 * i, a.v[i]); }
INLINE void vf_store_n(float *p, vf a, int n) {
  float all[16];
  vf_store(all, a);
  memcpy(p, all, sizeof(float) * (size_t)(n < 16 ? n : 16));
}
INLINE vf vf_set1(float x) { vf r; EACH r.v[i] = vdupq_n_f32(x); return r; }
INLINE vf vf_add(vf a, vf b) { EACH a.v[i] = vaddq_f32(a.v[i], b.v[i]); return a; }
INLINE vf vf_sub(vf a, vf b) { EACH a.v[i] = vsubq_f32(a.v[i], b.v[i]); return a; }
INLINE vf vf_mul(vf a, vf b) { EACH a.v[i] = vmulq_f32(a.v[i], b.v[i]); return a; }
INLINE vf vf_div(vf a, vf b) { EACH a.v[i] = vdivq_f32(a.v[i], b.v[i]); return a; }
INLINE vf vf_fma(vf a, vf b, vf c) { EACH c.v[i] = vfmaq_f32(c.v[i], a.v[i], b.v[i]); return c; }
/* The second of two where one is no number, as on other processors. */
INLINE vf vf_max(vf a, vf b) {
  EACH a.v[i] = vbslq_f32(vcgtq_f32(a.v[i], b.v[i]), a.v[i], b.v[i]);
  return a;
}
INLINE vf vf_min(vf a, vf b) {
  EACH a.v[i] = vbslq_f32(vcltq_f32(a.v[i], b.v[i]), a.v[i], b.v[i]);
  return a;
}
INLINE vf vf_abs(vf a) { EACH a.v[i] = vabsq_f32(a.v[i]); return a; }
INLINE vf vf_round(vf a) { EACH a.v[i] = vrndnq_f32(a.v[i]); return a; }
/* In two steps, so that results below the normal numbers come out right. */
INLINE vf vf_scale2(vf a, vf n) {
  EACH {
    int32x4_t whole = vcvtnq_s32_f32(n.v[i]);
    int32x4_t half = vshrq_n_s32(whole, 1);
    int32x4_t bias = vdupq_n_s32(127);
    int32x4_t one = vshlq_n_s32(vaddq_s32(half, bias), 23);
    int32x4_t two = vshlq_n_s32(vaddq_s32(vsubq_s32(whole, half), bias), 23);
    a.v[i] = vmulq_f32(vmulq_f32(a.v[i], vreinterpretq_f32_s32(one)), vreinterpretq_f32_s32(two));
  }
  return a;
}
INLINE vf vf_half(const void *p) {
  vf r;
  EACH r.v[i] = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)p + 4 * i)));
  return r;
}
INLINE vf vf_brain(const void *p) {
  vf r;
  EACH r.v[i] = vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *)p + 4 * i), 16));
  return r;
}
INLINE vf vf_bytes(const int8_t *p) {
  int8x16_t all = vld1q_s8(p);
  int16x8_t low = vmovl_s8(vget_low_s8(all)), high = vmovl_s8(vget_high_s8(all));
  vf r;
  r.v[0] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(low)));
  r.v[1] = vcvtq_f32_s32(vmovl_s16(vget_high_s16(low)));
  r.v[2] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(high)));
  r.v[3] = vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)));
  return r;
}
INLINE vf vf_nibbles(const uint8_t *p, int high) {
  uint8x16_t pairs = vld1q_u8(p);
  int8_t codes[16];
  vst1q_s8(codes, vreinterpretq_s8_u8(high ? vshrq_n_u8(pairs, 4) : vandq_u8(pairs, vdupq_n_u8(15))));
  return vf_bytes(codes);
}
/* Halves onto halves, as on other processors: the same order of additions. */
INLINE float vf_sum(vf a) {
  float32x4_t s = vaddq_f32(vaddq_f32(a.v[0], a.v[2]), vaddq_f32(a.v[1], a.v[3]));
  float32x2_t t = vadd_f32(vget_low_f32(s), vget_high_f32(s));
  return vget_lane_f32(t, 0) + vget_lane_f32(t, 1);
}
INLINE float vf_most(vf a) {
  float all[16];
  vf_store(all, a);
  float most = all[0];
  for (int i = 0; i < 16; i++) most = most > all[i] ? most : all[i];
  return most;
}
INLINE vf vf_select(uint32_t bits, vf a, vf b) {
  const uint32_t each[4] = {1, 2, 4, 8};
  uint32x4_t lane = vld1q_u32(each);
  EACH a.v[i] = vbslq_f32(vtstq_u32(vdupq_n_u32(bits >> 4 * i), lane), a.v[i], b.v[i]);
  return a;
}

INLINE vi vi_load(const void *p) {
  vi r;
  EACH r.v[i] = vreinterpretq_s32_u8(vld1q_u8((const uint8_t *)p + 16 * i));
  return r;
}
INLINE vi vi_set1(int32_t x) { vi r; EACH r.v[i] = vdupq_n_s32(x); return r; }
INLINE vf vi_float(vi a) { vf r; EACH r.v[i] = vcvtq_f32_s32(a.v[i]); return r; }
INLINE vi vi_round(vf a) { vi r; EACH r.v[i] = vcvtnq_s32_f32(a.v[i]); return r; }
INLINE vi vi_low4(vi a) {
  EACH a.v[i] = vandq_s32(a.v[i], vdupq_n_s32(0x0f0f0f0f));
  return a;
}
INLINE vi vi_high4(vi a) {
  EACH a.v[i] = vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(a.v[i]), 4));
  return a;
}
INLINE void vi_store_bytes(int8_t *p, vi a) {
  int16x8_t low = vcombine_s16(vqmovn_s32(a.v[0]), vqmovn_s32(a.v[1]));
  int16x8_t high = vcombine_s16(vqmovn_s32(a.v[2]), vqmovn_s32(a.v[3]));
  vst1q_s8(p, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
}
INLINE uint32_t vi_between(vi a, int32_t low, int32_t high) {
  const uint32_t each[4] = {1, 2, 4, 8};
  uint32x4_t lane = vld1q_u32(each);
  uint32_t bits = 0;
  EACH {
    uint32x4_t in = vandq_u32(vcgtq_s32(a.v[i], vdupq_n_s32(low)),
                              vcltq_s32(a.v[i], vdupq_n_s32(high)));
    bits |= vaddvq_u32(vandq_u32(in, lane)) << 4 * i;
  }
  return bits;
}

#ifdef __ARM_FEATURE_DOTPROD
/* Codes are unsigned: 128 less makes them signed, and 128 times the sum of x makes that good. */
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(four));
  int32_t sum = (int8_t)four + (int8_t)(four >> 8) + (int8_t)(four >> 16) + (four >> 24);
  int32x4_t good = vdupq_n_s32(128 * sum);
  int32x4_t flip = vdupq_n_s32((int32_t)0x80808080);
  EACH acc.v[i] = vaddq_s32(
      vdotq_s32(acc.v[i], vreinterpretq_s8_s32(veorq_s32(codes.v[i], flip)), x), good);
  return acc;
}
INLINE vi vi_dot_small(vi acc, vi codes, int32_t four) {
  int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(four));
  EACH acc.v[i] = vdotq_s32(acc.v[i], vreinterpretq_s8_s32(codes.v[i]), x);
  return acc;
}
#else
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  int16x4_t x = vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four))));
  EACH {
    uint8x16_t c = vreinterpretq_u8_s32(codes.v[i]);
    int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(c)));
    int16x8_t high = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(c)));
    int32x4_t one = vpaddq_s32(vmull_s16(vget_low_s16(low), x), vmull_s16(vget_high_s16(low), x));
    int32x4_t two = vpaddq_s32(vmull_s16(vget_low_s16(high), x), vmull_s16(vget_high_s16(high), x));
    acc.v[i] = vaddq_s32(acc.v[i], vpaddq_s32(one, two));
  }
  return acc;
}
#define vi_dot_small vi_dot
#endif
