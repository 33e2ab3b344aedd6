package engram.inference.model.config;

import org.jspecify.annotations.Nullable;

/// What only encoders and embedders have.
///
/// @param positions rows of the table of learned positions; 0: there is none
/// @param firstPosition row of the first token's
/// @param types kinds of segments that are told apart; 0: none
/// @param labels scores of a classifier on top; 0: there is none. A reranker has 1
/// @param pooling as the model's own files say; null if they do not
/// @param normalize vectors are divided by their length; null if the files do not say
public record EncoderConfig(
    int positions,
    int firstPosition,
    int types,
    int labels,
    @Nullable Pooling pooling,
    @Nullable Boolean normalize) {
  /// Of a model that was not made for embedding.
  public static final EncoderConfig NONE = new EncoderConfig(0, 0, 0, 0, null, null);
}
