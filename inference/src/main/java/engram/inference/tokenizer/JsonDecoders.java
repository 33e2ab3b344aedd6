package engram.inference.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The decoders of a tokenizer.json, worked out once for every token.
///
/// Every step that looks at one token at a time can be: only what stands between tokens, and spaces
/// that go at the beginning of a text, are left for the time of reading.
final class JsonDecoders {
  private final List<JsonNode> steps;
  private final Spelling.Joint joint;
  private int stripped;

  private JsonDecoders(List<JsonNode> steps, Spelling.Joint joint) {
    this.steps = steps;
    this.joint = joint;
  }

  /// @param tokens by id
  /// @param added ids that spell what they are
  static Spelling read(JsonNode node, @Nullable String[] tokens, Set<Integer> added) {
    List<JsonNode> steps = Json.steps(node, "decoders");
    Spelling.Joint joint = joint(steps, tokens);
    JsonDecoders decoders = new JsonDecoders(steps, joint);
    byte[][] bytes = new byte[tokens.length][];
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      bytes[id] =
          token == null
              ? new byte[0]
              : added.contains(id) ? Spellings.utf8(token) : decoders.bytes(token);
    }
    return new Spelling(bytes, joint, decoders.leading());
  }

  private static Spelling.Joint joint(List<JsonNode> steps, @Nullable String[] tokens) {
    if (steps.isEmpty()) {
      return new Spelling.Joint.Words(new boolean[tokens.length], false);
    }
    for (JsonNode step : steps) {
      String type = Json.type(step);
      if (type.equals("WordPiece")) {
        String prefix = Json.text(step, "prefix", "##");
        boolean tidy = Json.flag(step, "cleanup", true);
        return new Spelling.Joint.Words(which(tokens, prefix, true), tidy);
      }
      if (type.equals("BPEDecoder")) {
        return new Spelling.Joint.Endings(which(tokens, Json.text(step, "suffix", "</w>"), false));
      }
    }
    return new Spelling.Joint.Nothing();
  }

  private static boolean[] which(@Nullable String[] tokens, String affix, boolean atBeginning) {
    boolean[] which = new boolean[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      which[id] = token != null && (atBeginning ? token.startsWith(affix) : token.endsWith(affix));
    }
    return which;
  }

  /// How many spaces at the beginning of a text go.
  private int leading() {
    boolean fused = false;
    for (JsonNode step : steps) {
      switch (Json.type(step)) {
        case "Fuse" -> fused = true;
        case "Strip" -> {
          if (fused) {
            requireStrip(step);
            stripped += Json.number(step, "start", 0);
          }
        }
        case "Metaspace" -> {
          if (JsonSplitters.prepend(step)
              != engram.inference.tokenizer.split.Metaspace.Prepend.NEVER) {
            stripped++;
          }
        }
        default -> {}
      }
    }
    return stripped;
  }

  private static void requireStrip(JsonNode step) {
    if (!Json.text(step, "content", " ").equals(" ") || Json.number(step, "stop", 0) != 0) {
      throw new TokenizerFileException(
          "a decoder that strips anything but spaces at the beginning is not known");
    }
    Limits.check("'start' is", Json.number(step, "start", 0), Limits.MAX_TOKEN_CHARACTERS);
  }

  private byte[] bytes(String token) {
    String text = token;
    byte[] bytes = null;
    for (JsonNode step : steps) {
      String type = Json.type(step);
      switch (type) {
        case "ByteLevel" -> bytes = Spellings.byteLevel(text, true);
        case "ByteFallback" -> {
          if (Spellings.byteOf(text).isPresent()) {
            bytes = new byte[] {(byte) Spellings.byteOf(text).getAsInt()};
          }
        }
        case "Metaspace" -> text = text.replace(Json.text(step, "replacement", "▁"), " ");
        case "Replace" ->
            text =
                text.replace(Json.text(step.path("pattern"), "String"), Json.text(step, "content"));
        case "WordPiece" -> {
          String prefix = Json.text(step, "prefix", "##");
          text = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        }
        case "BPEDecoder" -> {
          String suffix = Json.text(step, "suffix", "</w>");
          text = text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
        }
        case "Fuse", "Strip" -> {}
        default -> throw new TokenizerFileException("the decoder '" + type + "' is not known");
      }
      if (bytes != null) {
        return bytes;
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
