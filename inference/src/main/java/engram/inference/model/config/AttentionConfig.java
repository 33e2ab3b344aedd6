package engram.inference.model.config;

import java.util.List;

/// @param kvHeads each shared by `heads / kvHeads` query heads
/// @param scale factor on the scores, usually `1 / sqrt(headDim)`
/// @param softcap scores become `softcap tanh(s / softcap)`; 0: they stay
/// @param windows by layer: how many tokens back a token sees, itself included; 0: all
/// @param causal tokens see only those before them
/// @param inputBias the projections to queries, keys and values have biases
/// @param outputBias so has the projection after them
public record AttentionConfig(
    int heads,
    int kvHeads,
    int headDim,
    float scale,
    float softcap,
    List<Integer> windows,
    boolean causal,
    boolean inputBias,
    boolean outputBias) {
  public AttentionConfig {
    windows = List.copyOf(windows);
    if (kvHeads < 1 || heads < kvHeads || heads % kvHeads != 0) {
      throw new IllegalArgumentException(heads + " heads cannot share " + kvHeads + " KV heads");
    }
    if (headDim < 2 || headDim % 2 != 0) {
      throw new IllegalArgumentException("headDim " + headDim + " is not even");
    }
    if (!(scale > 0) || !(softcap >= 0)) {
      throw new IllegalArgumentException("scale " + scale + ", softcap " + softcap);
    }
    for (int window : windows) {
      if (window < 0) {
        throw new IllegalArgumentException("window " + window + " below 0");
      }
    }
  }
}
