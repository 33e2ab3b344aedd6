package engram.inference.tensor;

import java.nio.charset.StandardCharsets;

/// Numbers from a name, the same in any language: SplitMix64 seeded with the name's FNV-1a.
final class SplitMix {
  private SplitMix() {}

  static long seed(String name) {
    return hash(name.getBytes(StandardCharsets.UTF_8));
  }

  static long hash(byte[] bytes) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  static long at(long seed, int index) {
    long z = seed + (index + 1L) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
