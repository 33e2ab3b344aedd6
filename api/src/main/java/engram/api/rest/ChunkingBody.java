package engram.api.rest;

import engram.api.error.Failure;
import engram.retrieval.Chunking;
import engram.retrieval.Chunking.Context;
import engram.retrieval.Chunking.Strategy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How a document is to be cut; what is absent is at its default.
///
/// @param strategy `structure` (the default), `recursive`, `sentences`, `tokens`, `tables`, `code`,
///   `questions` or `whole`
/// @param window for `sentences` only
/// @param context `headings` (the default) or `model`
record ChunkingBody(
    @Nullable String strategy,
    @Nullable Integer maxTokens,
    @Nullable Integer overlapTokens,
    @Nullable WindowBody window,
    @Nullable String context) {

  /// @param stride from one chunk's first sentence to the next one's
  record WindowBody(@Nullable Integer sentences, @Nullable Integer stride) {
    private Chunking.Window toWindow() {
      int size =
          sentences == null
              ? Chunking.Window.DEFAULT.sentences()
              : Objects.requireNonNull(sentences);
      return new Chunking.Window(size, stride == null ? size : Objects.requireNonNull(stride));
    }
  }

  Chunking toChunking(String param) {
    try {
      return Chunking.of(
          strategy == null ? Strategy.STRUCTURE : Strategy.of(strategy),
          maxTokens,
          overlapTokens,
          window == null ? null : window.toWindow(),
          context == null ? null : Context.of(context));
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(param, String.valueOf(e.getMessage())).toException();
    }
  }
}
