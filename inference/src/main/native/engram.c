/* The CPU kernels of inference, for one instruction set: compiled once for each, with -DISA=name and
   the compiler's flags for it. NativeBackend.java chooses a library at run time. Plain arrays and
   ranges, no state, no threads, no allocation; each function has a twin in Java (JavaBackend.java,
   PlainProducts.java, JavaPages.java). */
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define EXPORT __attribute__((visibility("default")))
#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define FN(name) PASTE(engram_##name, ISA)
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* How far ahead of a stream of weights to ask for it: what the memory holds back, in bytes. */
#ifndef AHEAD_BYTES
#define AHEAD_BYTES 2048
#endif
#define PREFETCH(p) __builtin_prefetch((p), 0, 3)

/* Calls `fn` with a constant count of rows, the largest that fits into `left` and `max`, and moves
   `at` on by it. */
#define UNWRAP(...) __VA_ARGS__
#define CALL(fn, n, args) fn(n, UNWRAP args)
#define TILES(max, left, at, fn, args)                                                             \
  if ((max) >= 12 && left >= 12) {                                                                 \
    CALL(fn, 12, args);                                                                            \
    at += 12;                                                                                      \
  } else if ((max) >= 6 && left >= 6) {                                                            \
    CALL(fn, 6, args);                                                                             \
    at += 6;                                                                                       \
  } else if ((max) >= 4 && left >= 4) {                                                            \
    CALL(fn, 4, args);                                                                             \
    at += 4;                                                                                       \
  } else if ((max) >= 2 && left >= 2) {                                                            \
    CALL(fn, 2, args);                                                                             \
    at += 2;                                                                                       \
  } else {                                                                                         \
    CALL(fn, 1, args);                                                                             \
    at += 1;                                                                                       \
  }

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#ifdef __AVX512VNNI__
#define ENGRAM_VNNI
#endif
#include "lanes_avx512.h"
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#include "lanes_avx2.h"
#elif defined(__ARM_NEON) && !defined(ENGRAM_PLAIN)
#include "lanes_neon.h"
#else
#include "lanes_plain.h"
#endif

#include "kernels.h"
