/* Which of the libraries this processor and its system can run, as NativeBackend.Isa counts them. */
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#define DOT_PRODUCT (1ul << 20) /* HWCAP_ASIMDDP */
#endif

__attribute__((visibility("default"))) int engram_best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return __builtin_cpu_supports("avx512vnni") ? 3 : 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#elif defined(__aarch64__) && defined(__linux__)
  return getauxval(AT_HWCAP) & DOT_PRODUCT ? 2 : 1;
#elif defined(__aarch64__)
  return 2; /* of all that have macOS */
#endif
  return 0;
}
