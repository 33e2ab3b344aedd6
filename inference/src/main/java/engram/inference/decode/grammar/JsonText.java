package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// JSON's own grammar (RFC 8259), as far as outputs use it: numbers within what a double tells
/// apart, escapes only where a character needs one, and little white space, so that a model cannot
/// write blanks until its tokens are used up.
final class JsonText {
  static final String VALUE = "value";
  static final String INTEGER = "integer";
  private static final String SPACE = "space";
  private static final String STRING = "string";
  private static final String NUMBER = "number";
  private static final String OBJECT = "object";
  private static final String ARRAY = "array";
  private static final int INDENT_MAX = 20;
  private static final int DIGITS_MAX = 15;
  private static final int NAME_CHARS_MAX = 256;

  private static final CodePoints CONTROL = CodePoints.of(0, 0x1F);
  private static final CodePoints NEED_ESCAPE = CONTROL.or(CodePoints.of("\"\\"));
  private static final CodePoints PLAIN = NEED_ESCAPE.complement();
  private static final Map<Character, String> SHORT_ESCAPES =
      Map.of(
          '"', "\\\"", '\\', "\\\\", '\b', "\\b", '\f', "\\f", '\n', "\\n", '\r', "\\r", '\t',
          "\\t");

  private JsonText() {}

  /// The rules for any JSON value, by the names that the methods here refer to.
  static Map<String, Expression> rules() {
    Map<String, Expression> rules = new LinkedHashMap<>();
    rules.put(
        SPACE,
        Expression.choice(
            Expression.EMPTY,
            new Expression.Literal(" "),
            Expression.sequence(
                new Expression.Literal("\n"),
                new Expression.Repeat(new Expression.Literal(" "), 0, INDENT_MAX))));
    rules.put(
        STRING,
        quoted(new Expression.Repeat(character(CodePoints.ALL), 0, Expression.Repeat.UNBOUNDED)));
    rules.put(INTEGER, IntegerRange.between(-IntegerRange.ABS_MAX, IntegerRange.ABS_MAX));
    rules.put(NUMBER, numberRule());
    rules.put(OBJECT, object(member(string(), value())));
    rules.put(ARRAY, array(value(), 0, Expression.Repeat.UNBOUNDED));
    rules.put(
        VALUE,
        Expression.choice(
            string(),
            number(),
            new Expression.Reference(OBJECT),
            new Expression.Reference(ARRAY),
            new Expression.Literal("true"),
            new Expression.Literal("false"),
            new Expression.Literal("null")));
    return rules;
  }

  static Expression value() {
    return new Expression.Reference(VALUE);
  }

  static Expression string() {
    return new Expression.Reference(STRING);
  }

  static Expression number() {
    return new Expression.Reference(NUMBER);
  }

  static Expression space() {
    return new Expression.Reference(SPACE);
  }

  static Expression anyObject() {
    return new Expression.Reference(OBJECT);
  }

  static Expression comma() {
    return Expression.sequence(new Expression.Literal(","), space());
  }

  static Expression member(Expression key, Expression value) {
    return Expression.sequence(key, space(), new Expression.Literal(":"), space(), value);
  }

  static Expression quoted(Expression characters) {
    return Expression.sequence(
        new Expression.Literal("\""), characters, new Expression.Literal("\""));
  }

  /// One character of the set as it stands within a JSON string.
  static Expression character(CodePoints set) {
    List<Expression> forms = new ArrayList<>();
    CodePoints plain = set.and(PLAIN);
    if (!plain.isEmpty()) {
      forms.add(new Expression.Characters(plain));
    }
    for (CodePoints.Range range : set.and(NEED_ESCAPE).ranges()) {
      for (int c = range.first(); c <= range.last(); c++) {
        forms.add(
            new Expression.Literal(SHORT_ESCAPES.getOrDefault((char) c, "\\u%04x".formatted(c))));
      }
    }
    return Expression.choice(forms);
  }

  /// A value as this very text.
  static Expression literal(JsonNode value) {
    return new Expression.Literal(value.toString());
  }

  static Expression key(String name) {
    StringBuilder escaped = new StringBuilder();
    name.codePoints()
        .forEach(c -> {
          if (NEED_ESCAPE.contains(c)) {
            escaped.append(SHORT_ESCAPES.getOrDefault((char) c, "\\u%04x".formatted(c)));
          } else {
            escaped.appendCodePoint(c);
          }
        });
    return quoted(new Expression.Literal(escaped.toString()));
  }

  /// A key that is none of these. It has no escapes, so a name that needs one cannot come.
  ///
  /// @throws GrammarException if a name is too long: the expression nests as deep as that
  static Expression keyOtherThan(Collection<String> names) {
    for (String name : names) {
      if (name.length() > NAME_CHARS_MAX) {
        throw new GrammarException(
            "a property's name has "
                + name.length()
                + " UTF-16 units > "
                + NAME_CHARS_MAX
                + ", where others may come beside it");
      }
    }
    List<int[]> plain =
        names.stream()
            .map(name -> name.codePoints().toArray())
            .filter(name -> Arrays.stream(name).allMatch(PLAIN::contains))
            .toList();
    return quoted(otherThan(plain, 0));
  }

  private static Expression otherThan(List<int[]> names, int at) {
    Expression anything =
        new Expression.Repeat(new Expression.Characters(PLAIN), 0, Expression.Repeat.UNBOUNDED);
    if (names.isEmpty()) {
      return anything;
    }
    Map<Integer, List<int[]>> byNext =
        names.stream()
            .filter(name -> name.length > at)
            .collect(Collectors.groupingBy(name -> name[at], TreeMap::new, Collectors.toList()));
    CodePoints expected = CodePoints.NONE;
    List<Expression> ways = new ArrayList<>();
    if (names.stream().noneMatch(name -> name.length == at)) {
      ways.add(Expression.EMPTY);
    }
    for (var next : byNext.entrySet()) {
      CodePoints one = CodePoints.of(next.getKey(), next.getKey());
      expected = expected.or(one);
      ways.add(
          Expression.sequence(new Expression.Characters(one), otherThan(next.getValue(), at + 1)));
    }
    ways.add(Expression.sequence(new Expression.Characters(PLAIN.minus(expected)), anything));
    return Expression.choice(ways);
  }

  static Expression array(Expression item, int min, int max) {
    Expression open = Expression.sequence(new Expression.Literal("["), space());
    Expression close = Expression.sequence(space(), new Expression.Literal("]"));
    if (max == 0) {
      return Expression.sequence(open, close);
    }
    int more = max == Expression.Repeat.UNBOUNDED ? max : max - 1;
    Expression items =
        Expression.sequence(
            item,
            new Expression.Repeat(Expression.sequence(comma(), item), Math.max(0, min - 1), more));
    return Expression.sequence(open, min == 0 ? Expression.optional(items) : items, close);
  }

  private static Expression object(Expression member) {
    return Expression.sequence(
        new Expression.Literal("{"),
        space(),
        Expression.optional(
            Expression.sequence(
                member,
                new Expression.Repeat(
                    Expression.sequence(comma(), member), 0, Expression.Repeat.UNBOUNDED))),
        space(),
        new Expression.Literal("}"));
  }

  private static Expression numberRule() {
    Expression digit = new Expression.Characters(CodePoints.of('0', '9'));
    return Expression.sequence(
        Expression.optional(new Expression.Literal("-")),
        Expression.choice(
            new Expression.Literal("0"),
            Expression.sequence(
                new Expression.Characters(CodePoints.of('1', '9')),
                new Expression.Repeat(digit, 0, DIGITS_MAX - 1))),
        Expression.optional(
            Expression.sequence(
                new Expression.Literal("."), new Expression.Repeat(digit, 1, DIGITS_MAX))),
        Expression.optional(
            Expression.sequence(
                new Expression.Characters(CodePoints.of("eE")),
                Expression.optional(new Expression.Characters(CodePoints.of("+-"))),
                new Expression.Repeat(digit, 1, 2))));
  }
}
