/* Sixteen lanes in two 256-bit registers. */
#include <immintrin.h>

typedef struct { __m256 a, b; } vf;
typedef struct { __m256i a, b; } vi;

#define PANELS 1
#define CODE_TOKENS 2
#define FLOAT_TOKENS 4
#define SCORE_ROWS 2
#define VALUE_ROWS 1

#define EACH_F(expr_a, expr_b) ((vf){(expr_a), (expr_b)})
#define EACH_I(expr_a, expr_b) ((vi){(expr_a), (expr_b)})

INLINE vf vf_load(const float *p) { return EACH_F(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)); }
INLINE void vf_store(float *p, vf x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
INLINE void vf_store_n(float *p, vf x, int n) {
  float all[16];
  vf_store(all, x);
  memcpy(p, all, sizeof(float) * (size_t)(n < 16 ? n : 16));
}
INLINE vf vf_set1(float x) { return EACH_F(_mm256_set1_ps(x), _mm256_set1_ps(x)); }
INLINE vf vf_add(vf x, vf y) { return EACH_F(_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)); }
INLINE vf vf_sub(vf x, vf y) { return EACH_F(_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)); }
INLINE vf vf_mul(vf x, vf y) { return EACH_F(_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)); }
INLINE vf vf_div(vf x, vf y) { return EACH_F(_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)); }
INLINE vf vf_fma(vf x, vf y, vf z) {
  return EACH_F(_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b));
}
INLINE vf vf_max(vf x, vf y) { return EACH_F(_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)); }
INLINE vf vf_min(vf x, vf y) { return EACH_F(_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)); }
INLINE vf vf_abs(vf x) {
  __m256 sign = _mm256_set1_ps(-0.0f);
  return EACH_F(_mm256_andnot_ps(sign, x.a), _mm256_andnot_ps(sign, x.b));
}
#define ROUND_8(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
INLINE vf vf_round(vf x) { return EACH_F(ROUND_8(x.a), ROUND_8(x.b)); }
/* In two steps, so that results below the normal numbers come out right. */
INLINE __m256 scale2_8(__m256 a, __m256 n) {
  __m256i whole = _mm256_cvtps_epi32(n);
  __m256i half = _mm256_srai_epi32(whole, 1);
  __m256i bias = _mm256_set1_epi32(127);
  __m256i one = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
  __m256i two = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(whole, half), bias), 23);
  return _mm256_mul_ps(_mm256_mul_ps(a, _mm256_castsi256_ps(one)), _mm256_castsi256_ps(two));
}
INLINE vf vf_scale2(vf x, vf n) { return EACH_F(scale2_8(x.a, n.a), scale2_8(x.b, n.b)); }
INLINE vf vf_half(const void *p) {
  const __m128i *q = (const __m128i *)p;
  return EACH_F(_mm256_cvtph_ps(_mm_loadu_si128(q)), _mm256_cvtph_ps(_mm_loadu_si128(q + 1)));
}
INLINE __m256 brain_8(const void *p) {
  __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
INLINE vf vf_brain(const void *p) { return EACH_F(brain_8(p), brain_8((const char *)p + 16)); }
INLINE __m256 bytes_8(const void *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}
INLINE vf vf_bytes(const int8_t *p) { return EACH_F(bytes_8(p), bytes_8(p + 8)); }
INLINE __m256 nibbles_8(const void *p, int high) {
  __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
  return _mm256_cvtepi32_ps(high ? _mm256_srli_epi32(wide, 4)
                                 : _mm256_and_si256(wide, _mm256_set1_epi32(15)));
}
INLINE vf vf_nibbles(const uint8_t *p, int high) {
  return EACH_F(nibbles_8(p, high), nibbles_8(p + 8, high));
}
INLINE float vf_sum(vf x) {
  __m256 s = _mm256_add_ps(x.a, x.b);
  __m128 t = _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
  t = _mm_add_ps(t, _mm_movehl_ps(t, t));
  return _mm_cvtss_f32(_mm_add_ss(t, _mm_shuffle_ps(t, t, 1)));
}
INLINE float vf_most(vf x) {
  __m256 s = _mm256_max_ps(x.a, x.b);
  __m128 t = _mm_max_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
  t = _mm_max_ps(t, _mm_movehl_ps(t, t));
  return _mm_cvtss_f32(_mm_max_ss(t, _mm_shuffle_ps(t, t, 1)));
}
INLINE __m256 lanes_8(uint32_t bits) {
  __m256i each = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  __m256i set = _mm256_and_si256(_mm256_set1_epi32((int)bits), each);
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, each));
}
INLINE vf vf_select(uint32_t bits, vf x, vf y) {
  return EACH_F(_mm256_blendv_ps(y.a, x.a, lanes_8(bits)),
                _mm256_blendv_ps(y.b, x.b, lanes_8(bits >> 8)));
}

INLINE vi vi_load(const void *p) {
  const __m256i *q = (const __m256i *)p;
  return EACH_I(_mm256_loadu_si256(q), _mm256_loadu_si256(q + 1));
}
INLINE vi vi_set1(int32_t x) { return EACH_I(_mm256_set1_epi32(x), _mm256_set1_epi32(x)); }
INLINE vi vi_add(vi x, vi y) {
  return EACH_I(_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b));
}
INLINE vf vi_float(vi x) { return EACH_F(_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)); }
INLINE vi vi_round(vf x) { return EACH_I(_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b)); }
INLINE vi vi_low4(vi x) {
  __m256i m = _mm256_set1_epi8(15);
  return EACH_I(_mm256_and_si256(x.a, m), _mm256_and_si256(x.b, m));
}
INLINE vi vi_high4(vi x) {
  __m256i m = _mm256_set1_epi8(15);
  return EACH_I(_mm256_and_si256(_mm256_srli_epi16(x.a, 4), m),
                _mm256_and_si256(_mm256_srli_epi16(x.b, 4), m));
}
INLINE void vi_store_bytes(int8_t *p, vi x) {
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(x.a, x.b), 0xd8);
  _mm_storeu_si128((__m128i *)p, _mm_packs_epi16(_mm256_castsi256_si128(words),
                                                 _mm256_extracti128_si256(words, 1)));
}
INLINE int32_t vi_sum(vi x) {
  __m256i s = _mm256_add_epi32(x.a, x.b);
  __m128i t = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
  t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(t, _mm_shuffle_epi32(t, 0xb1)));
}
INLINE uint32_t between_8(__m256i a, int32_t low, int32_t high) {
  __m256i in = _mm256_and_si256(_mm256_cmpgt_epi32(a, _mm256_set1_epi32(low)),
                                _mm256_cmpgt_epi32(_mm256_set1_epi32(high), a));
  return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(in));
}
INLINE uint32_t vi_between(vi x, int32_t low, int32_t high) {
  return between_8(x.a, low, high) | between_8(x.b, low, high) << 8;
}

INLINE __m256i dot_8(__m256i acc, __m256i codes, __m256i x) {
  __m256i even = _mm256_madd_epi16(_mm256_and_si256(codes, _mm256_set1_epi16(255)),
                                   _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
  __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(codes, 8), _mm256_srai_epi16(x, 8));
  return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
}
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  __m256i x = _mm256_set1_epi32(four);
  return EACH_I(dot_8(acc.a, codes.a, x), dot_8(acc.b, codes.b, x));
}
INLINE __m256i dot_small_8(__m256i acc, __m256i codes, __m256i x) {
  __m256i pairs = _mm256_maddubs_epi16(codes, x);
  return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
INLINE vi vi_dot_small(vi acc, vi codes, int32_t four) {
  __m256i x = _mm256_set1_epi32(four);
  return EACH_I(dot_small_8(acc.a, codes.a, x), dot_small_8(acc.b, codes.b, x));
}
