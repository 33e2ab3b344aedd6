package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.ByteAlphabet;
import engram.inference.tokenizer.split.Behaviour;
import engram.inference.tokenizer.split.CharacterSplitter;
import engram.inference.tokenizer.split.Expressions;
import engram.inference.tokenizer.split.FixedLengths;
import engram.inference.tokenizer.split.GptSplitter;
import engram.inference.tokenizer.split.Metaspace;
import engram.inference.tokenizer.split.Scripts;
import engram.inference.tokenizer.split.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The pre-tokenizers of a tokenizer.json.
final class JsonSplitters {
  private static final String WORDS_OR_NOT = "\\w+|[^\\w\\s]+";

  private JsonSplitters() {}

  static Splitter read(JsonNode node) {
    List<Splitter> steps = new ArrayList<>();
    for (JsonNode step : Json.steps(node, "pretokenizers")) {
      steps.add(step(step));
      if (isByteLevel(step) && !endsByteLevel(node)) {
        steps.add(JsonSplitters::spell);
      }
    }
    return Splitter.chain(steps);
  }

  /// Whether words come out as they are written and the segmenter turns them into bytes. Steps that
  /// stand behind `ByteLevel` (Falcon has some) see the alphabet of bytes, and so does the
  /// segmenter then.
  static boolean endsByteLevel(JsonNode node) {
    List<JsonNode> steps = Json.steps(node, "pretokenizers");
    return !steps.isEmpty() && isByteLevel(steps.getLast());
  }

  private static boolean isByteLevel(JsonNode step) {
    return Json.type(step).equals("ByteLevel");
  }

  private static void spell(String text, int start, int end, boolean first, Splitter.Words words) {
    String spelled = ByteAlphabet.spell(text.substring(start, end));
    words.word(spelled, 0, spelled.length());
  }

  private static Splitter step(JsonNode node) {
    String type = Json.type(node);
    return switch (type) {
      case "ByteLevel" -> byteLevelStep(node);
      case "Split" -> split(node);
      case "BertPreTokenizer" -> CharacterSplitter.bert();
      case "Metaspace" -> metaspace(node);
      case "Whitespace" -> Expressions.splitterFor(WORDS_OR_NOT, Behaviour.REMOVED, true);
      case "WhitespaceSplit" -> CharacterSplitter.whiteSpace();
      case "Punctuation" ->
          CharacterSplitter.punctuation(behaviour(Json.text(node, "behavior", "Isolated")));
      case "Digits" -> CharacterSplitter.digits(Json.flag(node, "individual_digits", false));
      case "CharDelimiterSplit" -> {
        int delimiter = Json.text(node, "delimiter").codePointAt(0);
        yield new CharacterSplitter(codePoint -> codePoint == delimiter, Behaviour.REMOVED);
      }
      case "UnicodeScripts" -> new Scripts();
      case "FixedLength" -> new FixedLengths(Json.number(node, "length", 5));
      default -> throw new TokenizerFileException("the pre-tokenizer '" + type + "' is not known");
    };
  }

  private static Splitter byteLevelStep(JsonNode node) {
    Splitter words = Json.flag(node, "use_regex", true) ? GptSplitter.gpt2() : Splitter.none();
    if (!Json.flag(node, "add_prefix_space", true)) {
      return words;
    }
    return (text, start, end, first, out) -> {
      if (start < end && text.charAt(start) == ' ') {
        words.split(text, start, end, first, out);
      } else if (start < end) {
        String prefixed = " " + text.substring(start, end);
        words.split(prefixed, 0, prefixed.length(), first, out);
      }
    };
  }

  private static Splitter split(JsonNode node) {
    JsonNode pattern = node.path("pattern");
    String literal = Json.textOrNull(pattern, "String");
    String expression = literal != null ? Pattern.quote(literal) : Json.text(pattern, "Regex");
    Behaviour behaviour = behaviour(Json.text(node, "behavior"));
    boolean inverted = Json.flag(node, "invert", false);
    return literal != null
        ? new engram.inference.tokenizer.split.ExpressionSplitter(
            Pattern.compile(expression), behaviour, inverted)
        : Expressions.splitterFor(expression, behaviour, inverted);
  }

  private static Splitter metaspace(JsonNode node) {
    String replacement = Json.text(node, "replacement", "▁");
    if (replacement.length() != 1) {
      throw new TokenizerFileException("'replacement' is '" + replacement + "', not one character");
    }
    Metaspace.Prepend prepend = prepend(node);
    return new Metaspace(replacement.charAt(0), prepend, Json.flag(node, "split", true));
  }

  static Metaspace.Prepend prepend(JsonNode node) {
    String scheme =
        Json.text(
            node, "prepend_scheme", Json.flag(node, "add_prefix_space", true) ? "always" : "never");
    return switch (scheme) {
      case "always" -> Metaspace.Prepend.ALWAYS;
      case "first" -> Metaspace.Prepend.FIRST;
      case "never" -> Metaspace.Prepend.NEVER;
      default ->
          throw new TokenizerFileException("the prepend scheme '" + scheme + "' is not known");
    };
  }

  private static Behaviour behaviour(String name) {
    return switch (name) {
      case "Removed" -> Behaviour.REMOVED;
      case "Isolated" -> Behaviour.ISOLATED;
      case "MergedWithPrevious" -> Behaviour.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behaviour.MERGED_WITH_NEXT;
      case "Contiguous" -> Behaviour.CONTIGUOUS;
      default -> throw new TokenizerFileException("the behaviour '" + name + "' is not known");
    };
  }
}
