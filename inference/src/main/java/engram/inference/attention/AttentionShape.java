package engram.inference.attention;

import engram.inference.kernel.Mask;

/// How one layer attends.
///
/// @param heads query heads; a multiple of kvHeads, head `h` reads KV head `h kvHeads / heads`
/// @param scale factor on `q k`, usually `1 / sqrt(headDim)`
/// @param softcap scores become `softcap tanh(s / softcap)`, as Gemma 2 has it; 0: none
public record AttentionShape(
    int heads, int kvHeads, int headDim, float scale, float softcap, Mask mask) {
  public AttentionShape {
    if (kvHeads < 1 || heads < kvHeads || heads % kvHeads != 0 || headDim < 1) {
      throw new IllegalArgumentException(
          "heads " + heads + ", kvHeads " + kvHeads + ", headDim " + headDim);
    }
  }

  /// Query heads that share a KV head.
  public int group() {
    return heads / kvHeads;
  }
}
