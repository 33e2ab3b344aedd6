/* Sixteen lanes in one 512-bit register. With ENGRAM_VNNI, four products of bytes in one step. */
#include <immintrin.h>

typedef __m512 vf;
typedef __m512i vi;

#define PANELS 2      /* panels of 16 rows that a tile of codes takes */
#define CODE_TOKENS 6 /* tokens of such a tile, at most: 24 accumulators of 32 registers */
#define FLOAT_TOKENS 12
#define SCORE_ROWS 12 /* queries that share the loads of a page of keys */
#define VALUE_ROWS 6  /* ... of values, four vectors at a time */

INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vf_store(float *p, vf a) { _mm512_storeu_ps(p, a); }
INLINE void vf_store_n(float *p, vf a, int n) {
  _mm512_mask_storeu_ps(p, n >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1), a);
}
INLINE vf vf_set1(float x) { return _mm512_set1_ps(x); }
INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
/* The second operand where one is NaN. */
INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
INLINE vf vf_abs(vf a) { return _mm512_abs_ps(a); }
INLINE vf vf_round(vf a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* a 2^n for whole n. */
INLINE vf vf_scale2(vf a, vf n) { return _mm512_scalef_ps(a, n); }
INLINE vf vf_half(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
INLINE vf vf_brain(const void *p) {
  __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
INLINE vf vf_bytes(const int8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
INLINE vf vf_nibbles(const uint8_t *p, int high) {
  __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
  return _mm512_cvtepi32_ps(high ? _mm512_srli_epi32(wide, 4)
                                 : _mm512_and_si512(wide, _mm512_set1_epi32(15)));
}
INLINE float vf_sum(vf a) { return _mm512_reduce_add_ps(a); }
INLINE float vf_most(vf a) { return _mm512_reduce_max_ps(a); }
/* a where the lane's bit is set, else b. */
INLINE vf vf_select(uint32_t bits, vf a, vf b) {
  return _mm512_mask_blend_ps((__mmask16)bits, b, a);
}

INLINE vi vi_load(const void *p) { return _mm512_loadu_si512(p); }
INLINE vi vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
INLINE vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
INLINE vf vi_float(vi a) { return _mm512_cvtepi32_ps(a); }
INLINE vi vi_round(vf a) { return _mm512_cvtps_epi32(a); }
INLINE vi vi_low4(vi a) { return _mm512_and_si512(a, _mm512_set1_epi8(15)); }
INLINE vi vi_high4(vi a) {
  return _mm512_and_si512(_mm512_srli_epi16(a, 4), _mm512_set1_epi8(15));
}
INLINE void vi_store_bytes(int8_t *p, vi a) {
  _mm_storeu_si128((__m128i *)p, _mm512_cvtsepi32_epi8(a));
}
INLINE int32_t vi_sum(vi a) { return _mm512_reduce_add_epi32(a); }
/* Bits of the lanes with low < a and a < high. */
INLINE uint32_t vi_between(vi a, int32_t low, int32_t high) {
  return (uint32_t)_mm512_mask_cmplt_epi32_mask(
      _mm512_cmplt_epi32_mask(_mm512_set1_epi32(low), a), a, _mm512_set1_epi32(high));
}

/* Each lane: acc + sum of four unsigned codes times four signed ones, the same four for all lanes. */
#ifdef ENGRAM_VNNI
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  return _mm512_dpbusd_epi32(acc, codes, _mm512_set1_epi32(four));
}
#define vi_dot_small vi_dot
#else
/* By halves of 16 bits: sums of products of bytes would overflow what vpmaddubsw saturates to. */
INLINE vi vi_dot(vi acc, vi codes, int32_t four) {
  vi x = _mm512_set1_epi32(four);
  vi even = _mm512_madd_epi16(_mm512_and_si512(codes, _mm512_set1_epi16(255)),
                              _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8));
  vi odd = _mm512_madd_epi16(_mm512_srli_epi16(codes, 8), _mm512_srai_epi16(x, 8));
  return _mm512_add_epi32(acc, _mm512_add_epi32(even, odd));
}
/* Codes below 16: two products are at most 3810. */
INLINE vi vi_dot_small(vi acc, vi codes, int32_t four) {
  vi pairs = _mm512_maddubs_epi16(codes, _mm512_set1_epi32(four));
  return _mm512_add_epi32(acc, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
#endif
