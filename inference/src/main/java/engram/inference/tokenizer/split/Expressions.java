package engram.inference.tokenizer.split;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The expressions that families of models split by, and how an expression out of a tokenizer.json
/// (written for Oniguruma) is read here.
public final class Expressions {
  public static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String AFTER_DIGITS =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /// cl100k and Llama 3.
  public static final String CL100K =
      CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + AFTER_DIGITS;

  /// Qwen 2 and later: each digit is a word.
  public static final String QWEN2 =
      CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + AFTER_DIGITS;

  private static final String UPPER_FIRST =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+";
  private static final String UPPER_ALL =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*";
  private static final String AFTER_DIGITS_WITH_SLASH =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /// o200k: words are cut where lower case turns to upper case.
  public static final String O200K =
      UPPER_FIRST
          + CONTRACTIONS
          + "?|"
          + UPPER_ALL
          + CONTRACTIONS
          + "?|\\p{N}{1,3}"
          + AFTER_DIGITS_WITH_SLASH;

  /// Mistral's Tekken.
  public static final String TEKKEN =
      UPPER_FIRST + "|" + UPPER_ALL + "|\\p{N}" + AFTER_DIGITS_WITH_SLASH;

  private static final Map<String, String> POSIX =
      Map.of(
          "[:alpha:]", "\\p{IsAlphabetic}",
          "[:digit:]", "\\p{IsDigit}",
          "[:alnum:]", "\\p{IsAlphabetic}\\p{IsDigit}",
          "[:upper:]", "\\p{IsUppercase}",
          "[:lower:]", "\\p{IsLowercase}",
          "[:space:]", "\\s",
          "[:punct:]", "\\p{P}$+<=>^`|~",
          "[:xdigit:]", "0-9a-fA-F",
          "[:cntrl:]", "\\p{Cc}",
          "[:word:]", "\\w");

  private Expressions() {}

  /// The walk that splits as the expression does where there is one, else the expression.
  public static Splitter splitterFor(String expression, Behaviour behaviour, boolean inverted) {
    // A removing inverted split keeps the matches, and these expressions match everything.
    boolean words =
        (behaviour == Behaviour.ISOLATED && !inverted)
            || (behaviour == Behaviour.REMOVED && inverted);
    if (words && expression.equals(GPT2)) {
      return GptSplitter.gpt2();
    }
    if (words && expression.equals(CL100K)) {
      return GptSplitter.cl100k(3);
    }
    if (words && expression.equals(QWEN2)) {
      return GptSplitter.cl100k(1);
    }
    return new ExpressionSplitter(compile(expression), behaviour, inverted);
  }

  /// Reads an expression as Oniguruma's Ruby syntax means it: classes are Unicode's, `^` and `$`
  /// stand at lines, `\h` is a hexadecimal digit, bracket classes like `[:punct:]` exist.
  ///
  /// @throws IllegalArgumentException if it cannot be read
  public static Pattern compile(String expression) {
    String translated = expression;
    for (Map.Entry<String, String> posix : POSIX.entrySet()) {
      translated = translated.replace(posix.getKey(), posix.getValue());
    }
    translated = escapes(translated);
    try {
      return Pattern.compile(
          translated, Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE | Pattern.UNIX_LINES);
    } catch (PatternSyntaxException unreadable) {
      throw new IllegalArgumentException(
          "the expression '" + expression + "' cannot be read: " + unreadable.getDescription(),
          unreadable);
    }
  }

  private static String escapes(String expression) {
    StringBuilder built = new StringBuilder(expression.length() + 16);
    for (int i = 0; i < expression.length(); i++) {
      char unit = expression.charAt(i);
      if (unit != '\\' || i + 1 == expression.length()) {
        built.append(unit);
        continue;
      }
      char escaped = expression.charAt(++i);
      if (escaped == 'h') {
        built.append("\\p{XDigit}");
      } else if ((escaped == 'p' || escaped == 'P') && expression.startsWith("{", i + 1)) {
        int close = expression.indexOf('}', i);
        String name = close < 0 ? "" : expression.substring(i + 2, close);
        boolean negated = name.startsWith("^");
        String plain = negated ? name.substring(1) : name;
        char letter = negated == (escaped == 'p') ? 'P' : 'p';
        built.append('\\').append(letter).append('{').append(property(plain)).append('}');
        i = close < 0 ? i : close;
      } else {
        built.append('\\').append(escaped);
      }
    }
    return built.toString();
  }

  /// Scripts have "Is" before their names here; general categories need nothing.
  private static String property(String name) {
    boolean script = name.length() > 2 && !name.startsWith("Is") && !name.contains("=");
    return script ? "Is" + name : name;
  }
}
