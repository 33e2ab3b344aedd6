package engram.retrieval.chunk;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which declarations (classes, functions) enclose each line of source code, told by its words and
/// its indentation alone: what is indented more than a declaration belongs to it, with the closing
/// bracket under it and the comments and annotations right above it. So it needs no grammar and
/// holds for languages that it does not know; code that is not indented has no scopes.
final class CodeScopes {
  private static final int DEPTH_MAX = 5;
  private static final int SIGNATURE_CHARS_MAX = 200;
  private static final int TAB = 8;

  /// May hold declarations that are worth telling apart.
  private static final Pattern TYPE =
      Pattern.compile(
          "^(?:[\\w@.()\"]+\\s+){0,6}?(?:class|interface|@interface|enum|record|struct|trait|impl"
              + "|union|namespace|module|object|protocol|extension|contract|defmodule|mod)\\b.*");

  private static final Pattern FUNCTION =
      Pattern.compile(
          "^(?:[\\w@.()<>\\[\\]*&,\"]+\\s+){0,6}?(?:fn|func|fun|def|defp|function|function\\*|sub|proc"
              + "|procedure|macro|defmacro|init|constructor|message|service|resource|view|table"
              + "|trigger|macro_rules!)\\b.*");

  private static final Set<String> CONTROL =
      Set.of(
          "if",
          "else",
          "elif",
          "for",
          "foreach",
          "while",
          "do",
          "switch",
          "case",
          "match",
          "try",
          "catch",
          "except",
          "finally",
          "with",
          "return",
          "throw",
          "raise",
          "yield",
          "await",
          "assert",
          "import",
          "using",
          "when",
          "until",
          "unless",
          "loop",
          "begin",
          "select",
          "go",
          "defer",
          "synchronized",
          "lock",
          "new",
          "print",
          "var",
          "let",
          "const",
          "static_assert");

  private static final Pattern ABOVE =
      Pattern.compile("^(?://|#|/\\*|\\*|@|--|;;|%|\\[|\"\"\"|'''|template\\s*<).*");

  /// What stands as far out as a declaration and still belongs to it.
  private static final Pattern CLOSING =
      Pattern.compile(
          "^(?:[\\])}]|\\{|(?:end|rescue|ensure|else|elsif)\\b"
              + "|(?:public|private|protected)(?: slots)?\\s*:(?!:)).*");

  /// A label to jump to, which stands anywhere.
  private static final Pattern LABEL = Pattern.compile("^(\\w+)\\s*:\\s*$");

  /// Lines for the preprocessor, which stand anywhere.
  private static final Pattern DIRECTIVE =
      Pattern.compile(
          "^#\\s*(?:if|ifdef|ifndef|elif|else|endif|define|undef|pragma|error|warning|line|region"
              + "|endregion)\\b.*");

  private static final Pattern FIRST_WORD = Pattern.compile("^[^\\p{L}_]*([\\p{L}_]+)?.*");

  /// @param signature its line, shortened
  /// @param line on which the signature stands
  record Scope(String signature, int line, int indent, boolean isType) {}

  private final String text;
  private final List<Span> lines;

  /// @param lines that are not blank, in order
  CodeScopes(String text, List<Span> lines) {
    this.text = text;
    this.lines = lines;
  }

  /// For each line the declarations around it, outermost first. A declaration's own line, and what
  /// stands right above it about it, is in its scope.
  List<List<Scope>> of() {
    List<List<Scope>> scopes = new ArrayList<>(lines.size());
    List<Scope> open = List.of();
    for (int i = 0; i < lines.size(); i++) {
      String line = line(i);
      int indent = indent(i);
      if (!open.isEmpty() && standsAnywhere(line)) {
        scopes.add(open);
        continue;
      }
      boolean closing = CLOSING.matcher(line).matches();
      while (!open.isEmpty()
          && (indent < open.getLast().indent()
              || (indent == open.getLast().indent() && !closing))) {
        open = open.subList(0, open.size() - 1);
      }
      @Nullable Scope begun = closing ? null : declaration(i, line, indent, open);
      if (begun != null) {
        List<Scope> inside = new ArrayList<>(open);
        inside.add(begun);
        for (int above = i - 1; above >= 0 && isAbout(above, begun, scopes, open); above--) {
          scopes.set(above, List.copyOf(inside));
        }
        open = List.copyOf(inside);
      }
      scopes.add(open);
    }
    return scopes;
  }

  private static boolean standsAnywhere(String line) {
    var label = LABEL.matcher(line);
    return DIRECTIVE.matcher(line).matches()
        || (label.matches() && !CONTROL.contains(label.group(1).toLowerCase(Locale.ROOT)));
  }

  private boolean isAbout(int line, Scope begun, List<List<Scope>> scopes, List<Scope> open) {
    String words = line(line);
    int within = indent(line) - begun.indent();
    boolean adjacent = newlines(lines.get(line).end(), lines.get(line + 1).start()) == 1;
    return adjacent
        && scopes.get(line).equals(open)
        && ABOVE.matcher(words).matches()
        && (within == 0 || (within == 1 && words.startsWith("*")));
  }

  private int newlines(int from, int to) {
    return (int) text.substring(from, to).chars().filter(c -> c == '\n').count();
  }

  private @Nullable Scope declaration(int index, String line, int indent, List<Scope> open) {
    boolean inside = !open.isEmpty() && !open.getLast().isType();
    if (inside || open.size() == DEPTH_MAX || index + 1 == lines.size()) {
      return null;
    }
    boolean brace = line(index + 1).startsWith("{") && indent(index + 1) == indent;
    if (!(indent(index + 1) > indent || brace) || ABOVE.matcher(line).matches()) {
      return null;
    }
    String signature = ChunkBuilder.shortened(line, SIGNATURE_CHARS_MAX);
    boolean isType = TYPE.matcher(signature).matches();
    if (!isType && !FUNCTION.matcher(signature).matches() && !isHeader(line, brace)) {
      return null;
    }
    return new Scope(signature, index, indent, isType);
  }

  /// `int main(int argc, char** argv) {`, `.button {`, `export default {`
  private static boolean isHeader(String line, boolean brace) {
    var first = FIRST_WORD.matcher(line);
    String word = first.matches() && first.group(1) != null ? first.group(1) : "";
    if (CONTROL.contains(word.toLowerCase(Locale.ROOT)) && !line.contains("=>")) {
      return false;
    }
    return line.endsWith("{") || line.endsWith("(") || (brace && line.endsWith(")"));
  }

  private String line(int index) {
    return lines.get(index).of(text).strip();
  }

  private int indent(int index) {
    int indent = 0;
    Span line = lines.get(index);
    for (int i = line.start(); i < line.end(); i++) {
      char c = text.charAt(i);
      if (c == '\t') {
        indent = (indent / TAB + 1) * TAB;
      } else if (c == ' ') {
        indent++;
      } else {
        break;
      }
    }
    return indent;
  }
}
