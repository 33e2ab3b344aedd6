package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import engram.api.openai.RequestProblem;
import engram.retrieval.Chunking;
import engram.retrieval.Chunking.Context;
import engram.retrieval.Chunking.Strategy;
import engram.retrieval.Chunking.Window;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `chunking_strategy`: `{type: auto}`, `{type: static, static: {max_chunk_size_tokens,
/// chunk_overlap_tokens}}`, or, of our own, `{type: <strategy>, <strategy>: {…}}`, where the sizes
/// may be left out and `window` and `context` may stand.
final class Chunkings {
  private Chunkings() {}

  /// `static` is by structure, as `structure` is; that has a context besides. Of the others one is
  /// there, under the name of the type.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record View(
      String type,
      @JsonProperty("static") @Nullable Sizes sizes,
      @Nullable Own structure,
      @Nullable Own recursive,
      @Nullable Own sentences,
      @Nullable Own tokens,
      @Nullable Own tables,
      @Nullable Own code,
      @Nullable Own questions,
      @Nullable Own whole) {}

  record Sizes(int maxChunkSizeTokens, int chunkOverlapTokens) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Own(
      int maxChunkSizeTokens, int chunkOverlapTokens, @Nullable Window window, String context) {}

  /// @return null for `auto` or nothing
  static @Nullable Chunking read(@Nullable JsonNode node, String param) {
    if (node == null || node.isNull()) {
      return null;
    }
    String type = node.path("type").asString("");
    if (type.equals("auto")) {
      return null;
    }
    JsonNode given = node.path(type);
    String at = param + "." + type;
    try {
      if (type.equals("static")) {
        return new Chunking(
            whole(given.path("max_chunk_size_tokens"), at + ".max_chunk_size_tokens"),
            whole(given.path("chunk_overlap_tokens"), at + ".chunk_overlap_tokens"));
      }
      return Chunking.of(
          strategy(type, param),
          wholeOrNull(given.path("max_chunk_size_tokens"), at + ".max_chunk_size_tokens"),
          wholeOrNull(given.path("chunk_overlap_tokens"), at + ".chunk_overlap_tokens"),
          window(given.path("window"), at + ".window"),
          given.path("context").isMissingNode()
              ? null
              : Context.of(given.path("context").asString("")));
    } catch (IllegalArgumentException e) {
      throw RequestProblem.invalid(at, String.valueOf(e.getMessage()));
    }
  }

  private static Strategy strategy(String type, String param) {
    for (Strategy strategy : Strategy.values()) {
      if (strategy.id().equals(type)) {
        return strategy;
      }
    }
    throw RequestProblem.invalid(
        param + ".type",
        "'type' is one of "
            + Stream.concat(
                    Stream.of("auto", "static"), Arrays.stream(Strategy.values()).map(Strategy::id))
                .collect(Collectors.joining("', '", "'", "'."))
            + " The last eight are Engram's own.");
  }

  private static @Nullable Window window(JsonNode node, String param) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    Integer stride = wholeOrNull(node.path("stride"), param + ".stride");
    int sentences = whole(node.path("sentences"), param + ".sentences");
    return new Window(sentences, stride == null ? sentences : stride);
  }

  /// Whether the store's chunking is asked for; absent leaves a document's as it is.
  static boolean isAuto(@Nullable JsonNode node) {
    return node != null && node.path("type").asString("").equals("auto");
  }

  static @Nullable View view(@Nullable Chunking chunking) {
    if (chunking == null) {
      return null;
    }
    Strategy strategy = chunking.strategy();
    int max = chunking.maxTokens();
    int overlap = chunking.overlapTokens();
    if (strategy == Strategy.STRUCTURE && chunking.context() == Context.HEADINGS) {
      Sizes sizes = new Sizes(max, overlap);
      return new View("static", sizes, null, null, null, null, null, null, null, null);
    }
    Own own = new Own(max, overlap, chunking.window(), chunking.context().id());
    return new View(
        strategy.id(),
        null,
        strategy == Strategy.STRUCTURE ? own : null,
        strategy == Strategy.RECURSIVE ? own : null,
        strategy == Strategy.SENTENCES ? own : null,
        strategy == Strategy.TOKENS ? own : null,
        strategy == Strategy.TABLES ? own : null,
        strategy == Strategy.CODE ? own : null,
        strategy == Strategy.QUESTIONS ? own : null,
        strategy == Strategy.WHOLE ? own : null);
  }

  private static @Nullable Integer wholeOrNull(JsonNode node, String param) {
    return node.isMissingNode() || node.isNull() ? null : whole(node, param);
  }

  private static int whole(JsonNode node, String param) {
    if (!node.isInt()) {
      throw RequestProblem.invalid(param, "'" + param + "' is a whole number.");
    }
    return node.intValue();
  }
}
