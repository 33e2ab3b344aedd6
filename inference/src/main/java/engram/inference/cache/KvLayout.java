package engram.inference.cache;

import engram.inference.kernel.KvType;
import engram.inference.kernel.PageFormat;

/// What one token leaves in the cache of a model.
public record KvLayout(int layers, int kvHeads, int headDim, KvType type) {
  public KvLayout {
    if (layers < 1 || kvHeads < 1) {
      throw new IllegalArgumentException("layers " + layers + ", kvHeads " + kvHeads);
    }
  }

  public PageFormat format() {
    return new PageFormat(type, headDim);
  }

  /// Pages that `tokens` tokens fill where every head keeps all of them.
  public long pages(long tokens) {
    return (tokens + PageFormat.TOKENS - 1) / PageFormat.TOKENS * layers * kvHeads;
  }

  public long bytes(long tokens) {
    return pages(tokens) * format().bytes();
  }
}
