package engram.inference.model;

import java.nio.charset.StandardCharsets;

/// Weights made from a tensor's name, the same here and in golden.py: SplitMix64 (Steele, Lea &
/// Flood 2014) seeded with the name's FNV-1a.
public final class RandomWeights {
  private RandomWeights() {}

  public static float[] of(String name, int[] shape, boolean unitOffset) {
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    float[] values = new float[count];
    long seed = seed(name);
    for (int i = 0; i < count; i++) {
      double u = uniform(seed, i);
      values[i] = (float) value(name, shape, unitOffset, u);
    }
    return values;
  }

  private static double value(String name, int[] shape, boolean unitOffset, double u) {
    if (shape.length == 1) {
      return name.endsWith("weight") ? 0.25 * u + (unitOffset ? 0 : 1) : 0.25 * u;
    }
    return name.contains("embed") ? u : u * 1.5 / Math.sqrt(shape[shape.length - 1]);
  }

  private static long seed(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  private static double uniform(long seed, int index) {
    long z = seed + (index + 1L) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    z = z ^ (z >>> 31);
    return (z >>> 40) / (double) (1 << 23) - 1;
  }
}
