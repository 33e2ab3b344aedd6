package engram.inference.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a template into tokens. White space as models' templates expect it: a line break behind a
/// tag goes, spaces before a tag on its line go (`trim_blocks`, `lstrip_blocks`), one line break at
/// the template's end goes, `-` takes all white space on its side along and `+` none.
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")",
          "[", "]", "{", "}", ".", ",", ":", "|");
  private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;
  private boolean lineStarts = true;

  private Lexer(String source) {
    String unix = source.replace("\r\n", "\n").replace('\r', '\n');
    this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
  }

  static List<Token> tokens(String source) {
    Lexer lexer = new Lexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int open = nextOpening();
      if (open < 0) {
        text(source.substring(position));
        position = source.length();
        break;
      }
      char kind = source.charAt(open + 1);
      char control = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
      String before = source.substring(position, open);
      if (control == '-') {
        before = before.stripTrailing();
      } else if (control != '+' && kind != '{') {
        before = withoutIndent(before);
      }
      text(before);
      countLines(source, position + before.length(), open);
      position = open + (control == '-' || control == '+' ? 3 : 2);
      switch (kind) {
        case '#' -> comment();
        case '%' -> tag();
        default -> {
          add(Token.Kind.PRINT_BEGIN, "{{");
          inside("}}", Token.Kind.PRINT_END);
        }
      }
    }
    add(Token.Kind.END, "the end");
  }

  private int nextOpening() {
    for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private String withoutIndent(String text) {
    int lineStart = text.lastIndexOf('\n') + 1;
    if (lineStart == 0 && !lineStarts) {
      return text;
    }
    String indent = text.substring(lineStart);
    return indent.isBlank() ? text.substring(0, lineStart) : text;
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      add(Token.Kind.TEXT, text);
      countLines(text, 0, text.length());
    }
  }

  private void comment() {
    int end = source.indexOf("#}", position);
    if (end < 0) {
      throw new TemplateException(line, "a comment has no end");
    }
    boolean strip = end > position && source.charAt(end - 1) == '-';
    boolean keep = end > position && source.charAt(end - 1) == '+';
    countLines(source, position, end);
    position = end + 2;
    afterTag(strip, keep);
  }

  private void tag() {
    int name = skipSpaces(position);
    if (source.startsWith("raw", name)) {
      Matcher begin = Pattern.compile("\\s*raw\\s*([-+]?)%\\}").matcher(source);
      if (begin.find(position) && begin.start() == position) {
        raw(begin);
        return;
      }
    }
    add(Token.Kind.TAG_BEGIN, "{%");
    inside("%}", Token.Kind.TAG_END);
  }

  private void raw(Matcher begin) {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(begin.end())) {
      throw new TemplateException(line, "raw has no endraw");
    }
    position = begin.end();
    afterTag(begin.group(1).equals("-"), begin.group(1).equals("+"));
    String text = source.substring(Math.min(position, end.start()), end.start());
    if (end.group(1).equals("-")) {
      text = text.stripTrailing();
    } else if (!end.group(1).equals("+")) {
      text = withoutIndent(text);
    }
    text(text);
    position = end.end();
    afterTag(end.group(2).equals("-"), end.group(2).equals("+"));
  }

  /// Tokens up to the closing mark.
  private void inside(String close, Token.Kind end) {
    int depth = 0;
    while (true) {
      int next = skipSpaces(position);
      countLines(source, position, next);
      position = next;
      if (position >= source.length()) {
        throw new TemplateException(line, "'" + close + "' is missing");
      }
      char unit = source.charAt(position);
      boolean signed = (unit == '-' || unit == '+') && source.startsWith(close, position + 1);
      if (depth == 0 && (signed || source.startsWith(close, position))) {
        add(end, close);
        position += signed ? 3 : 2;
        if (end == Token.Kind.TAG_END) {
          afterTag(unit == '-', unit == '+');
        } else {
          lineStarts = false;
          strip(unit == '-');
        }
        return;
      }
      depth += expression(unit);
    }
  }

  /// @return by how much brackets nest deeper
  private int expression(char unit) {
    if (Character.isJavaIdentifierStart(unit) && unit != '$') {
      int end = position;
      while (end < source.length()
          && Character.isJavaIdentifierPart(source.charAt(end))
          && source.charAt(end) != '$') {
        end++;
      }
      add(Token.Kind.NAME, source.substring(position, end));
      position = end;
      return 0;
    }
    if (unit >= '0' && unit <= '9') {
      number();
      return 0;
    }
    if (unit == '"' || unit == '\'') {
      string(unit);
      return 0;
    }
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        add(Token.Kind.OPERATOR, operator);
        position += operator.length();
        return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
      }
    }
    throw new TemplateException(line, "'" + unit + "' is not understood");
  }

  private void number() {
    int end = position;
    boolean real = false;
    while (end < source.length()) {
      char unit = source.charAt(end);
      boolean point =
          unit == '.' && !real && end + 1 < source.length() && isDigit(source.charAt(end + 1));
      if (!isDigit(unit) && unit != '_' && !point) {
        break;
      }
      real |= point;
      end++;
    }
    String digits = source.substring(position, end).replace("_", "");
    if (digits.length() > 18) {
      throw new TemplateException(line, "the number " + digits + " has more than 18 digits");
    }
    add(real ? Token.Kind.REAL : Token.Kind.INTEGER, digits);
    position = end;
  }

  private void string(char quote) {
    StringBuilder value = new StringBuilder();
    int i = position + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      char unit = source.charAt(i++);
      if (unit != '\\' || i >= source.length()) {
        value.append(unit);
        continue;
      }
      char escaped = source.charAt(i++);
      switch (escaped) {
        case 'n' -> value.append('\n');
        case 't' -> value.append('\t');
        case 'r' -> value.append('\r');
        case '\\', '\'', '"' -> value.append(escaped);
        case '\n' -> {}
        case 'u', 'x' -> {
          int digits = escaped == 'u' ? 4 : 2;
          value.append(codeUnit(i, digits));
          i += digits;
        }
        default -> value.append('\\').append(escaped);
      }
    }
    if (i >= source.length()) {
      throw new TemplateException(line, "a string has no end");
    }
    add(Token.Kind.STRING, value.toString());
    countLines(source, position, i);
    position = i + 1;
  }

  private char codeUnit(int from, int digits) {
    try {
      return (char) Integer.parseInt(source.substring(from, from + digits), 16);
    } catch (IndexOutOfBoundsException | NumberFormatException wrong) {
      throw new TemplateException(line, "an escaped character is not in hexadecimal digits");
    }
  }

  private void afterTag(boolean strip, boolean keep) {
    lineStarts = false;
    if (!strip && !keep && position < source.length() && source.charAt(position) == '\n') {
      position++;
      line++;
      lineStarts = true;
    }
    strip(strip);
  }

  private void strip(boolean really) {
    if (really) {
      int next = skipSpaces(position);
      countLines(source, position, next);
      lineStarts = next > position && source.charAt(next - 1) == '\n';
      position = next;
    }
  }

  private int skipSpaces(int from) {
    int i = from;
    while (i < source.length() && Character.isWhitespace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  private void countLines(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
  }

  private static boolean isDigit(char unit) {
    return unit >= '0' && unit <= '9';
  }

  private void add(Token.Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }
}
