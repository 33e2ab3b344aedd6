package engram.inference.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a template is made of.
sealed interface Node {
  /// What has a value.
  sealed interface Expression extends Node {}

  record Literal(Object value) implements Expression {}

  record Variable(String name, int line) implements Expression {}

  record ListOf(List<Expression> items) implements Expression {}

  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

  record Attribute(Expression of, String name, int line) implements Expression {}

  record Item(Expression of, Expression key, int line) implements Expression {}

  record Slice(
      Expression of,
      @Nullable Expression from,
      @Nullable Expression to,
      @Nullable Expression step,
      int line)
      implements Expression {}

  record Call(Expression what, Arguments arguments, int line) implements Expression {}

  record Filter(Expression of, String name, Arguments arguments, int line) implements Expression {}

  record Test(Expression of, String name, Arguments arguments, boolean negated, int line)
      implements Expression {}

  record Unary(String operator, Expression of, int line) implements Expression {}

  record Binary(String operator, Expression left, Expression right, int line)
      implements Expression {}

  /// `a < b < c`: all must hold.
  record Comparison(Expression first, List<String> operators, List<Expression> rest, int line)
      implements Expression {}

  record Choice(Expression condition, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  record Arguments(List<Expression> positional, Map<String, Expression> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());
  }

  /// What is done.
  sealed interface Statement extends Node {}

  record Text(String text) implements Statement {}

  record Print(Expression value, int line) implements Statement {}

  record If(List<Expression> conditions, List<List<Statement>> bodies, List<Statement> otherwise)
      implements Statement {}

  record For(
      List<String> names,
      Expression over,
      @Nullable Expression only,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  /// Sets names, or one attribute of a namespace.
  record Set(List<String> names, @Nullable String attribute, Expression value, int line)
      implements Statement {}

  record SetBlock(String name, List<Statement> body) implements Statement {}

  record FilterBlock(List<Filter> filters, List<Statement> body) implements Statement {}

  record Macro(
      String name, List<String> parameters, Map<String, Expression> defaults, List<Statement> body)
      implements Statement {}

  /// A macro's call whose `caller()` is the body.
  record CallBlock(Call call, List<String> parameters, List<Statement> body, int line)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}
}
