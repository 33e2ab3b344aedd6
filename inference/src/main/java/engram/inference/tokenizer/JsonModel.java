package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.Bpe;
import engram.inference.tokenizer.segment.Segmenter;
import engram.inference.tokenizer.segment.Unigram;
import engram.inference.tokenizer.segment.WordLevel;
import engram.inference.tokenizer.segment.WordPiece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The model of a tokenizer.json: its vocabulary, and how words are cut.
///
/// @param ids of the vocabulary, without the added tokens
/// @param type BPE, Unigram, WordPiece or WordLevel
record JsonModel(Map<String, Integer> ids, int size, String type, JsonNode node) {
  private static final int MAX_WORD_CHARACTERS = 100;

  static JsonModel read(JsonNode node) {
    // Old files leave the type out; only models of merges have them.
    String type = Json.text(node, "type", node.has("merges") ? "BPE" : "WordPiece");
    Map<String, Integer> ids = new HashMap<>();
    long[] characters = {0};
    if (type.equals("Unigram")) {
      int id = 0;
      for (JsonNode entry : node.path("vocab")) {
        put(ids, entry.path(0).asString(""), id++, characters);
      }
      return new JsonModel(ids, id, type, node);
    }
    JsonNode vocabulary = node.path("vocab");
    if (!vocabulary.isObject()) {
      throw new TokenizerFileException("the model has no vocabulary");
    }
    int size = 0;
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      int id = Json.number(entry.getValue(), "vocab");
      put(ids, entry.getKey(), id, characters);
      size = Math.max(size, id + 1);
    }
    return new JsonModel(ids, size, type, node);
  }

  private static void put(Map<String, Integer> ids, String token, int id, long[] characters) {
    Limits.check("an id is", id, Limits.MAX_TOKENS - 1);
    Limits.check("token " + id + " has a length of", token.length(), Limits.MAX_TOKEN_CHARACTERS);
    characters[0] += token.length();
    Limits.check("the tokens have a length of", characters[0], Limits.MAX_VOCABULARY_CHARACTERS);
    ids.put(token, id);
  }

  Segmenter segmenter(boolean byteLevel) {
    return switch (type) {
      case "BPE" -> merges(byteLevel);
      case "Unigram" -> unigram();
      case "WordPiece" ->
          new WordPiece(
              ids,
              Json.text(node, "continuing_subword_prefix", "##"),
              unknown(),
              Json.number(node, "max_input_chars_per_word", MAX_WORD_CHARACTERS));
      case "WordLevel" -> new WordLevel(ids, unknown());
      default -> throw new TokenizerFileException("the model '" + type + "' is not known");
    };
  }

  private int unknown() {
    String token = Json.textOrNull(node, "unk_token");
    Integer id = token == null ? null : ids.get(token);
    if (id == null && type.equals("WordPiece")) {
      throw new TokenizerFileException("the unknown token '" + token + "' has no id");
    }
    return id == null ? SpecialTokens.NONE : id;
  }

  private Bpe merges(boolean byteLevel) {
    String prefix = Json.text(node, "continuing_subword_prefix", "");
    JsonNode listed = node.path("merges");
    Limits.check("the number of merges is", listed.size(), Limits.MAX_MERGES);
    List<Bpe.Merge> merges = new ArrayList<>(listed.size());
    for (JsonNode merge : listed) {
      String left;
      String right;
      if (merge.isString()) {
        String line = merge.stringValue();
        int border = line.indexOf(' ', 1);
        if (border < 0) {
          throw new TokenizerFileException("merge " + merges.size() + " has no two pieces");
        }
        left = line.substring(0, border);
        right = line.substring(border + 1);
      } else {
        left = merge.path(0).asString("");
        right = merge.path(1).asString("");
      }
      String inside = right.startsWith(prefix) ? right.substring(prefix.length()) : right;
      merges.add(new Bpe.Merge(left, right, left + inside));
    }
    return Bpe.ofMerges(
        ids,
        size,
        merges,
        new Bpe.Settings(
            byteLevel,
            Json.flag(node, "ignore_merges", false),
            Json.flag(node, "byte_fallback", false),
            unknown(),
            Json.flag(node, "fuse_unk", false),
            prefix,
            Json.text(node, "end_of_word_suffix", "")));
  }

  private Unigram unigram() {
    double[] scores = new double[size];
    int id = 0;
    for (JsonNode entry : node.path("vocab")) {
      JsonNode score = entry.path(1);
      if (!score.isNumber()) {
        throw new TokenizerFileException("piece " + id + " has no score");
      }
      scores[id++] = score.doubleValue();
    }
    int unknown = Json.number(node, "unk_id", SpecialTokens.NONE);
    Limits.check("unk_id + 1 is", unknown + 1L, size);
    Map<String, Integer> pieces = new HashMap<>(ids);
    pieces.remove("");
    return new Unigram(pieces, scores, unknown, Json.flag(node, "byte_fallback", false), ids);
  }
}
