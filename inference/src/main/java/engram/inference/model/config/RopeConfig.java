package engram.inference.model.config;

import engram.inference.kernel.RopeStyle;

/// Rotary positions. Su et al. 2021.
///
/// @param rotary numbers of a head that turn, from its first
/// @param everywhere of all layers, or of those without a window where `sliding` differs
/// @param sliding of layers with a window
public record RopeConfig(RopeStyle style, int rotary, RopeTable everywhere, RopeTable sliding) {
  public RopeConfig {
    if (rotary < 2 || rotary % 2 != 0) {
      throw new IllegalArgumentException("rotary " + rotary + " is not even");
    }
    everywhere.scaling().check(rotary);
    sliding.scaling().check(rotary);
  }

  public RopeTable table(int window) {
    return window > 0 ? sliding : everywhere;
  }
}
