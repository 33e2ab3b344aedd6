#!/bin/sh
# Compiles the kernels for Arm and holds them against those in plain C, under an emulator where this
# machine is none. On Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user.
#   inference/src/test/native/compare-arm.sh
set -eu
cd "$(dirname "$0")/../../main/native"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cc=${CC:-aarch64-linux-gnu-gcc}
emulator=
[ "$(uname -m)" = aarch64 ] || emulator=qemu-aarch64
flags="-std=gnu11 -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -Wno-psabi -Wno-unknown-pragmas"

# shellcheck disable=SC2086
"$cc" $flags -O2 -ftree-vectorize -DENGRAM_PLAIN -DISA=plain -c engram.c -o "$out/plain.o"
for isa in neon neondot; do
  arch=
  [ $isa = neon ] || arch=-march=armv8.2-a+dotprod
  # shellcheck disable=SC2086
  "$cc" $flags -O3 $arch -DISA=$isa -c engram.c -o "$out/$isa.o"
  "$cc" -std=gnu11 -O1 -Wall -DISA=$isa ../../test/native/compare.c "$out/plain.o" "$out/$isa.o" \
    -static -lm -o "$out/$isa"
  printf '%s: ' $isa
  $emulator "$out/$isa"
done
