#!/bin/sh
# Builds the CPU kernels into a folder below $1, one library for each instruction set of this kind
# of processor. Without a C compiler it says so and succeeds: the service then runs on the Java
# twins. A library that is newer than all sources stays.
set -eu
cd "$(dirname "$0")"
cc=
for candidate in ${CC:-} cc gcc clang; do
  if command -v "$candidate" >/dev/null 2>&1; then
    cc=$candidate
    break
  fi
done
if [ -z "$cc" ]; then
  echo "kernels: no C compiler (cc, gcc, clang) found; this build runs on the Java twins"
  exit 0
fi

case $(uname -s) in Darwin) system=mac ;; *) system=linux ;; esac
case $(uname -m) in
  x86_64 | amd64) machine=amd64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) machine=$(uname -m) ;;
esac
out=$1/$system-$machine
mkdir -p "$out"

# Products and sums are fused where the source says so and nowhere else: every set of instructions
# that can fuse gives the same bits.
common="-std=gnu11 -fPIC -shared -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -Wno-psabi -Wno-unknown-warning-option -Wno-unknown-pragmas"

build() {
  name=$1 sources=$2
  shift 2
  library=$out/libengram-$name.so
  if [ -f "$library" ] && [ -z "$(find . -type f -newer "$library")" ]; then
    return
  fi
  if ! echo 'int x;' | "$cc" "$@" -x c -c -o /dev/null - >/dev/null 2>&1; then
    echo "kernels: $cc does not know $*; no library for $name"
    return
  fi
  # By another name first, so that an interrupted build leaves no half of a library.
  # shellcheck disable=SC2086
  "$cc" $common "$@" "-DISA=$name" -o "$library.new" $sources -lm
  mv "$library.new" "$library"
  echo "kernels: built $name with $cc"
}

if [ "$machine" = amd64 ]; then
  avx512="-O3 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mf16c -mprefer-vector-width=512"
  # shellcheck disable=SC2086
  build avx512vnni engram.c $avx512 -mavx512vnni
  # shellcheck disable=SC2086
  build avx512 engram.c $avx512
  build avx2 engram.c -O3 -mavx2 -mfma -mf16c
fi
if [ "$machine" = aarch64 ]; then
  build neondot engram.c -O3 -march=armv8.2-a+dotprod
  build neon engram.c -O3
fi
build plain "engram.c probe.c" -O2 -ftree-vectorize -DENGRAM_PLAIN
