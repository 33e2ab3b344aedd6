package engram.inference.model;

import org.jspecify.annotations.Nullable;

/// One layer. Decoders norm before their blocks, Gemma 2 and 3 after them too, encoders only after.
///
/// @param queryNorm of each head; and keyNorm
/// @param gate null where the feed-forward block has no gate
record LayerWeights(
    @Nullable NormWeights attentionNorm,
    Matrix query,
    Matrix key,
    Matrix value,
    @Nullable NormWeights queryNorm,
    @Nullable NormWeights keyNorm,
    Matrix attentionOutput,
    @Nullable NormWeights postAttentionNorm,
    @Nullable NormWeights feedForwardNorm,
    @Nullable Matrix gate,
    Matrix up,
    Matrix down,
    @Nullable NormWeights postFeedForwardNorm) {}
