package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Bert;
import engram.inference.tokenizer.normalize.CharacterMap;
import engram.inference.tokenizer.normalize.Normalizer;
import engram.inference.tokenizer.normalize.Rewriting;
import engram.inference.tokenizer.normalize.UnicodeForm;
import engram.inference.tokenizer.segment.ByteAlphabet;
import engram.inference.tokenizer.split.Expressions;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The normalizers of a tokenizer.json.
final class JsonNormalizers {
  private JsonNormalizers() {}

  static Normalizer read(JsonNode node) {
    List<Normalizer> steps = new ArrayList<>();
    for (JsonNode step : Json.steps(node, "normalizers")) {
      steps.add(step(step));
    }
    return Normalizer.chain(steps);
  }

  private static Normalizer step(JsonNode node) {
    String type = Json.type(node);
    return switch (type) {
      case "NFC" -> new UnicodeForm(Form.NFC);
      case "NFD" -> new UnicodeForm(Form.NFD);
      case "NFKC" -> new UnicodeForm(Form.NFKC);
      case "NFKD" -> new UnicodeForm(Form.NFKD);
      case "Lowercase" -> Rewriting.lowerCase();
      case "Strip" ->
          Rewriting.strip(
              Json.flag(node, "strip_left", true), Json.flag(node, "strip_right", true));
      case "StripAccents" -> Rewriting.stripMarks();
      case "Nmt" -> Rewriting.nmt();
      case "Prepend" -> Rewriting.prepend(Json.text(node, "prepend"));
      case "Replace" -> replace(node);
      case "ByteLevel" -> (text, first, last) -> ByteAlphabet.spell(text);
      case "BertNormalizer" -> bert(node);
      case "Precompiled" -> precompiled(node);
      default -> throw new TokenizerFileException("the normalizer '" + type + "' is not known");
    };
  }

  private static Normalizer replace(JsonNode node) {
    JsonNode pattern = node.path("pattern");
    String content = Json.text(node, "content");
    String literal = Json.textOrNull(pattern, "String");
    return literal != null
        ? Rewriting.replace(literal, content)
        : Rewriting.replace(Expressions.compile(Json.text(pattern, "Regex")), content);
  }

  private static Normalizer bert(JsonNode node) {
    boolean lowerCase = Json.flag(node, "lowercase", true);
    return new Bert(
        Json.flag(node, "clean_text", true),
        Json.flag(node, "handle_chinese_chars", true),
        Json.flag(node, "strip_accents", lowerCase),
        lowerCase);
  }

  private static Normalizer precompiled(JsonNode node) {
    String table = Json.text(node, "precompiled_charsmap", "");
    return table.isEmpty()
        ? Normalizer.none()
        : new CharacterMap(Base64.getDecoder().decode(table)).byCluster();
  }
}
