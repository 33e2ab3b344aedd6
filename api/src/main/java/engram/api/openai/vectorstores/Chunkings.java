package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonProperty;
import engram.api.openai.RequestProblem;
import engram.retrieval.Chunking;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `chunking_strategy`: `{type: auto}` or `{type: static, static: {max_chunk_size_tokens,
/// chunk_overlap_tokens}}`.
final class Chunkings {
  private Chunkings() {}

  record View(String type, @JsonProperty("static") Sizes sizes) {}

  record Sizes(int maxChunkSizeTokens, int chunkOverlapTokens) {}

  /// @return null for `auto` or nothing
  static @Nullable Chunking read(@Nullable JsonNode node, String param) {
    if (node == null || node.isNull()) {
      return null;
    }
    String type = node.path("type").asString("");
    return switch (type) {
      case "auto" -> null;
      case "static" -> {
        JsonNode sizes = node.path("static");
        try {
          yield new Chunking(
              whole(sizes.path("max_chunk_size_tokens"), param + ".static.max_chunk_size_tokens"),
              whole(sizes.path("chunk_overlap_tokens"), param + ".static.chunk_overlap_tokens"));
        } catch (IllegalArgumentException e) {
          throw RequestProblem.invalid(param + ".static", String.valueOf(e.getMessage()));
        }
      }
      default -> throw RequestProblem.invalid(param + ".type", "'type' is 'auto' or 'static'.");
    };
  }

  /// Whether the store's chunking is asked for; absent leaves a document's as it is.
  static boolean isAuto(@Nullable JsonNode node) {
    return node != null && node.path("type").asString("").equals("auto");
  }

  static @Nullable View view(@Nullable Chunking chunking) {
    return chunking == null
        ? null
        : new View("static", new Sizes(chunking.maxTokens(), chunking.overlapTokens()));
  }

  private static int whole(JsonNode node, String param) {
    if (!node.isInt()) {
      throw RequestProblem.invalid(param, "'" + param + "' is a whole number.");
    }
    return node.intValue();
  }
}
