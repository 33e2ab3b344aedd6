package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads grammar files in the notation of llama.cpp (GBNF): `name ::= …` with `"literals"`, `[a-z]`
/// and `[^a-z]`, `.`, groups, `|`, `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`, and comments from `#` to
/// the line's end. The rule `root` is the whole output.
///
/// A rule ends at a line's end, unless a group is open or the next thing is `|`. Escapes: `\n` `\r`
/// `\t` `\\` `\"` `\[` `\]`, and a character's number after a backslash and `x` (two hexadecimal
/// digits), `u` (four) or `U` (eight).
public final class GrammarReader {
  public static final int CHARS_MAX = 1 << 20;
  private static final int DEPTH_MAX = 200;
  private static final int COUNTS_MAX = 4;
  static final int REPEAT_MAX = 100_000;

  private final String text;
  private int at;
  private int depth;

  private GrammarReader(String text) {
    this.text = text;
  }

  /// @throws GrammarException with the line, if it is no grammar or could end in a blind alley
  public static Grammar read(String text) {
    if (text.length() > CHARS_MAX) {
      throw new GrammarException(
          "the grammar has " + text.length() + " UTF-16 units > " + CHARS_MAX);
    }
    return new Grammar("root", new GrammarReader(text).rules());
  }

  private Map<String, Expression> rules() {
    Map<String, Expression> rules = new LinkedHashMap<>();
    skipSpace(true);
    while (at < text.length()) {
      String name = name();
      skipSpace(false);
      expect("::=");
      skipSpace(true);
      if (rules.putIfAbsent(name, choice()) != null) {
        throw wrong("rule " + name + " is defined twice");
      }
      skipSpace(true);
    }
    return rules;
  }

  private Expression choice() {
    if (++depth > DEPTH_MAX) {
      throw wrong("groups nest deeper than " + DEPTH_MAX);
    }
    List<Expression> alternatives = new ArrayList<>();
    alternatives.add(sequence());
    while (peekAfterSpace('|')) {
      skipSpace(true);
      at++;
      skipSpace(true);
      alternatives.add(sequence());
    }
    depth--;
    return Expression.choice(alternatives);
  }

  private Expression sequence() {
    List<Expression> parts = new ArrayList<>();
    while (true) {
      skipSpace(depth > 1);
      if (at == text.length() || "|)\n\r".indexOf(text.charAt(at)) >= 0) {
        return new Expression.Sequence(parts);
      }
      parts.add(repeated(item()));
    }
  }

  private Expression item() {
    char c = text.charAt(at);
    if (c == '"') {
      return literal();
    }
    if (c == '[') {
      return set();
    }
    if (c == '.') {
      at++;
      return new Expression.Characters(CodePoints.ALL);
    }
    if (c == '(') {
      at++;
      Expression inner = choice();
      skipSpace(true);
      expect(")");
      return inner;
    }
    if (isNameChar(c)) {
      return new Expression.Reference(name());
    }
    throw wrong("'" + c + "' begins nothing");
  }

  private Expression repeated(Expression item) {
    Expression result = item;
    for (int counts = 0; at < text.length(); counts++) {
      if (counts > COUNTS_MAX) {
        throw wrong("more than " + COUNTS_MAX + " counts follow each other");
      }
      switch (text.charAt(at)) {
        case '*' -> result = new Expression.Repeat(result, 0, Expression.Repeat.UNBOUNDED);
        case '+' -> result = new Expression.Repeat(result, 1, Expression.Repeat.UNBOUNDED);
        case '?' -> result = Expression.optional(result);
        case '{' -> {
          result = counted(result);
          continue;
        }
        default -> {
          return result;
        }
      }
      at++;
    }
    return result;
  }

  private Expression counted(Expression item) {
    expect("{");
    int min = number();
    int max = min;
    if (at < text.length() && text.charAt(at) == ',') {
      at++;
      boolean open = at < text.length() && text.charAt(at) == '}';
      max = open ? Expression.Repeat.UNBOUNDED : number();
    }
    expect("}");
    if (max != Expression.Repeat.UNBOUNDED && max < min) {
      throw wrong("{" + min + "," + max + "} ends before it begins");
    }
    return new Expression.Repeat(item, min, max);
  }

  private int number() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start || at - start > 6 || Integer.parseInt(text, start, at, 10) > REPEAT_MAX) {
      throw wrong("'" + text.substring(start, at) + "' is no count up to " + REPEAT_MAX);
    }
    return Integer.parseInt(text, start, at, 10);
  }

  private Expression literal() {
    expect("\"");
    StringBuilder literal = new StringBuilder();
    while (peekInside('"') != '"') {
      literal.appendCodePoint(codePoint());
    }
    at++;
    return new Expression.Literal(literal.toString());
  }

  private Expression set() {
    expect("[");
    boolean negated = at < text.length() && text.charAt(at) == '^';
    if (negated) {
      at++;
    }
    List<CodePoints.Range> ranges = new ArrayList<>();
    while (peekInside(']') != ']') {
      int first = codePoint();
      int last = first;
      if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
        at++;
        last = codePoint();
      }
      if (last < first) {
        throw wrong("a range of characters ends before it begins");
      }
      ranges.add(new CodePoints.Range(first, last));
    }
    at++;
    CodePoints set = new CodePoints(ranges);
    set = negated ? set.complement() : set;
    if (set.isEmpty()) {
      throw wrong("a set has no character");
    }
    return new Expression.Characters(set);
  }

  private char peekInside(char end) {
    if (at == text.length()) {
      throw wrong("'" + end + "' is missing");
    }
    return text.charAt(at);
  }

  private int codePoint() {
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    if (c == '\n' || c == '\r') {
      throw wrong("a line ends within a literal or a set");
    }
    if (c != '\\') {
      return scalar(c);
    }
    char escape = peekInside('\\');
    at++;
    return switch (escape) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '\\', '"', '[', ']', '-', '^' -> escape;
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      default -> throw wrong("'\\" + escape + "' is no escape");
    };
  }

  private int hex(int digits) {
    if (at + digits > text.length()) {
      throw wrong("an escape has fewer than " + digits + " digits");
    }
    String hex = text.substring(at, at + digits);
    if (!hex.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80)) {
      throw wrong("'" + hex + "' has other than hexadecimal digits");
    }
    at += digits;
    long value = Long.parseLong(hex, 16);
    if (value > Character.MAX_CODE_POINT) {
      throw wrong("U+" + hex + " is no character");
    }
    return scalar((int) value);
  }

  private int scalar(int c) {
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      throw wrong("half of a surrogate pair is no character");
    }
    return c;
  }

  private String name() {
    int start = at;
    while (at < text.length() && isNameChar(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw wrong("a rule's name is missing");
    }
    return text.substring(start, at);
  }

  private static boolean isNameChar(char c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '_');
  }

  private boolean peekAfterSpace(char wanted) {
    int before = at;
    skipSpace(true);
    boolean found = at < text.length() && text.charAt(at) == wanted;
    at = before;
    return found;
  }

  private void skipSpace(boolean linesToo) {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at < text.length() && text.charAt(at) != '\n') {
          at++;
        }
      } else if (c == ' ' || c == '\t' || (linesToo && (c == '\n' || c == '\r'))) {
        at++;
      } else {
        return;
      }
    }
  }

  private void expect(String wanted) {
    if (!text.startsWith(wanted, at)) {
      throw wrong("'" + wanted + "' is missing");
    }
    at += wanted.length();
  }

  private GrammarException wrong(String what) {
    long line = text.substring(0, Math.min(at, text.length())).lines().count();
    return new GrammarException("grammar, line " + Math.max(1, line) + ": " + what);
  }
}
