package engram.inference.model.config;

/// Families whose layers differ in more than numbers.
public enum Architecture {
  /// Llama 2 and 3, SmolLM, and what shares their layers.
  LLAMA,
  MISTRAL,
  /// Qwen 2 and 2.5: biases on queries, keys and values.
  QWEN2,
  /// Norms on each head's queries and keys.
  QWEN3,
  /// Phi-3 and 4: fused projections.
  PHI3,
  GEMMA,
  /// Norms before and after each block, capped scores, every other layer sliding.
  GEMMA2,
  /// As Gemma 2, with norms on heads instead of caps, and another rotation in sliding layers.
  GEMMA3,
  BERT,
  /// RoBERTa and XLM-R: as BERT, with positions that begin after the padding token's.
  ROBERTA;

  /// Reads all tokens at once and writes none.
  public boolean encoder() {
    return this == BERT || this == ROBERTA;
  }

  /// Has norms after the attention and feed-forward blocks too.
  public boolean postNorms() {
    return this == GEMMA2 || this == GEMMA3;
  }

  public boolean headNorms() {
    return this == QWEN3 || this == GEMMA3;
  }

  public boolean gemma() {
    return this == GEMMA || this == GEMMA2 || this == GEMMA3;
  }
}
