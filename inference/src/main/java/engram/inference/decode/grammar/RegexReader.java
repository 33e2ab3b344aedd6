package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Reads regular expressions as JSON schemas have them (ECMA-262 with the `u` flag), without what
/// is not regular or looks around: characters, `.`, sets, `\d \w \s` and their opposites, groups,
/// `|`, counts, and `^` and `$` at the ends of the whole expression's alternatives. `\p{…}`, `\b`,
/// look around and back references are refused by name. An alternative without `^` or `$` may have
/// anything before or after it, as `pattern` looks for a match anywhere.
final class RegexReader {
  private static final int DEPTH_MAX = 100;
  private static final CodePoints DIGITS = CodePoints.of('0', '9');
  private static final CodePoints WORD =
      DIGITS.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of("_"));
  private static final CodePoints LINE_ENDS = CodePoints.of("\n\r\u0085\u2028\u2029");

  // ECMA and Java disagree on what white space is. What must be some is what both call so, what
  // must be none is what neither does; and no line ends for either, where `.` must not be one.
  private static final CodePoints SPACE = CodePoints.of("\t\n\u000B\f\r ");
  private static final CodePoints MAYBE_SPACE =
      CodePoints.of("\t\u000B\f \u00A0\u1680\u202F\u205F\u3000\uFEFF")
          .or(CodePoints.of(0x2000, 0x200A))
          .or(LINE_ENDS);

  private final String regex;
  private final Function<CodePoints, Expression> character;
  private int at;
  private int depth;

  private RegexReader(String regex, Function<CodePoints, Expression> character) {
    this.regex = regex;
    this.character = character;
  }

  /// @param character how one character of a set is written in the output
  static Expression read(String regex, Function<CodePoints, Expression> character) {
    RegexReader reader = new RegexReader(regex, character);
    List<Expression> alternatives = new ArrayList<>();
    do {
      alternatives.add(reader.anchoredAlternative());
    } while (reader.take('|'));
    if (reader.at < regex.length()) {
      throw reader.wrong("')' closes nothing");
    }
    return Expression.choice(alternatives);
  }

  private Expression anchoredAlternative() {
    Expression anything =
        new Expression.Repeat(character.apply(CodePoints.ALL), 0, Expression.Repeat.UNBOUNDED);
    List<Expression> parts = new ArrayList<>();
    if (!take('^')) {
      parts.add(anything);
    }
    parts.add(sequence());
    if (!take('$')) {
      parts.add(anything);
    }
    if (at < regex.length() && "|)".indexOf(regex.charAt(at)) < 0) {
      throw wrong("'$' stands before the end");
    }
    return new Expression.Sequence(parts);
  }

  private Expression choice() {
    if (++depth > DEPTH_MAX) {
      throw wrong("groups nest deeper than " + DEPTH_MAX);
    }
    List<Expression> alternatives = new ArrayList<>();
    do {
      alternatives.add(sequence());
    } while (take('|'));
    depth--;
    return Expression.choice(alternatives);
  }

  private Expression sequence() {
    List<Expression> parts = new ArrayList<>();
    while (at < regex.length() && "|)$".indexOf(regex.charAt(at)) < 0) {
      parts.add(counted(atom()));
    }
    return new Expression.Sequence(parts);
  }

  private Expression atom() {
    int c = next();
    return switch (c) {
      case '(' -> group();
      case '[' -> character.apply(set());
      case '.' -> character.apply(LINE_ENDS.complement());
      case '\\' -> character.apply(escape(false, false));
      case '^' -> throw wrong("'^' stands after the beginning");
      case '*', '+', '?', '{', '}', ']' ->
          throw wrong("'" + Character.toString(c) + "' follows nothing");
      default -> character.apply(one(c));
    };
  }

  private Expression group() {
    if (take('?')) {
      if (!take(':')) {
        throw wrong("'(?" + (at < regex.length() ? regex.charAt(at) : "") + "' is not supported");
      }
    }
    Expression inner = choice();
    if (!take(')')) {
      throw wrong(
          at < regex.length() && regex.charAt(at) == '$'
              ? "'$' within a group is not supported"
              : "')' is missing");
    }
    return inner;
  }

  private Expression counted(Expression what) {
    Expression result = what;
    if (take('*')) {
      result = new Expression.Repeat(what, 0, Expression.Repeat.UNBOUNDED);
    } else if (take('+')) {
      result = new Expression.Repeat(what, 1, Expression.Repeat.UNBOUNDED);
    } else if (take('?')) {
      result = Expression.optional(what);
    } else if (take('{')) {
      int min = number();
      int max = min;
      if (take(',')) {
        max = take('}') ? Expression.Repeat.UNBOUNDED : number();
      }
      if (max != Expression.Repeat.UNBOUNDED && !take('}')) {
        throw wrong("'}' is missing");
      }
      if (max != Expression.Repeat.UNBOUNDED && max < min) {
        throw wrong("{" + min + "," + max + "} ends before it begins");
      }
      result = new Expression.Repeat(what, min, max);
    } else {
      return result;
    }
    // Lazy or not, the same texts match.
    take('?');
    return result;
  }

  private int number() {
    int start = at;
    while (at < regex.length() && regex.charAt(at) >= '0' && regex.charAt(at) <= '9') {
      at++;
    }
    String digits = regex.substring(start, at);
    if (digits.isEmpty()
        || digits.length() > 6
        || Integer.parseInt(digits) > GrammarReader.REPEAT_MAX) {
      throw wrong("'" + digits + "' is no count up to " + GrammarReader.REPEAT_MAX);
    }
    return Integer.parseInt(digits);
  }

  private CodePoints set() {
    boolean negated = take('^');
    CodePoints set = CodePoints.NONE;
    while (!take(']')) {
      CodePoints first = member(negated);
      if (at + 1 < regex.length() && regex.charAt(at) == '-' && regex.charAt(at + 1) != ']') {
        at++;
        CodePoints last = member(negated);
        if (size(first) != 1 || size(last) != 1) {
          throw wrong("a range in a set has a class for an end");
        }
        int from = first.ranges().getFirst().first();
        int to = last.ranges().getFirst().first();
        if (to < from) {
          throw wrong("a range in a set ends before it begins");
        }
        first = CodePoints.of(from, to);
      }
      set = set.or(first);
    }
    return negated ? set.complement() : set;
  }

  private static int size(CodePoints set) {
    return set.ranges().stream().mapToInt(r -> r.last() - r.first() + 1).sum();
  }

  private CodePoints member(boolean negated) {
    int c = next();
    return c == '\\' ? escape(true, negated) : one(c);
  }

  private CodePoints escape(boolean inSet, boolean negated) {
    int c = next();
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.complement();
      case 'w' -> WORD;
      case 'W' -> WORD.complement();
      case 's' -> negated ? MAYBE_SPACE : SPACE;
      case 'S' -> (negated ? SPACE : MAYBE_SPACE).complement();
      case 'n' -> CodePoints.of("\n");
      case 'r' -> CodePoints.of("\r");
      case 't' -> CodePoints.of("\t");
      case 'f' -> CodePoints.of("\f");
      case 'v' -> CodePoints.of("\u000B");
      case '0' -> CodePoints.of("\0");
      case 'x' -> one(hex(2));
      case 'u' -> one(unicode());
      default -> {
        if (inSet && c == 'b') {
          yield CodePoints.of("\b");
        }
        if (c < 0x80 && Character.isLetterOrDigit(c)) {
          throw wrong("'\\" + Character.toString(c) + "' is not supported");
        }
        yield one(c);
      }
    };
  }

  private int unicode() {
    if (take('{')) {
      int end = regex.indexOf('}', at);
      if (end < 0 || end - at > 6 || end == at) {
        throw wrong("'\\u{' has no end, or not 1 to 6 digits");
      }
      int value = hex(end - at);
      at++;
      return value;
    }
    int first = hex(4);
    if (Character.isHighSurrogate((char) first) && regex.startsWith("\\u", at)) {
      at += 2;
      return Character.toCodePoint((char) first, (char) hex(4));
    }
    return first;
  }

  private int hex(int digits) {
    if (at + digits > regex.length()) {
      throw wrong("an escape has fewer than " + digits + " digits");
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(regex.charAt(at++), 16);
      if (digit < 0) {
        throw wrong("an escape has other than hexadecimal digits");
      }
      value = value * 16 + digit;
    }
    return value;
  }

  private CodePoints one(int c) {
    if (c > Character.MAX_CODE_POINT
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw wrong("U+%04X is no character".formatted(c));
    }
    return CodePoints.of(c, c);
  }

  private int next() {
    if (at == regex.length()) {
      throw wrong("it ends too early");
    }
    int c = regex.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  private boolean take(char c) {
    boolean there = at < regex.length() && regex.charAt(at) == c;
    if (there) {
      at++;
    }
    return there;
  }

  private GrammarException wrong(String what) {
    return new GrammarException("pattern '" + regex + "' at " + at + ": " + what);
  }
}
