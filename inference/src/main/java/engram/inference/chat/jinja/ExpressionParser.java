package engram.inference.chat.jinja;

import engram.inference.chat.jinja.Node.Arguments;
import engram.inference.chat.jinja.Node.Expression;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads expressions, in Jinja's order of precedence.
class ExpressionParser {
  private static final int MAX_DEPTH = 200;
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
  private static final Set<String> NOT_A_TESTS_ARGUMENT =
      Set.of("else", "or", "and", "is", "if", "in", "not");

  private final List<Token> tokens;
  private int position;
  private int depth;

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(position);
  }

  Token take() {
    Token token = tokens.get(position);
    if (token.kind() != Token.Kind.END) {
      position++;
    }
    return token;
  }

  boolean takeIf(String operator) {
    if (peek().is(operator)) {
      take();
      return true;
    }
    return false;
  }

  boolean takeName(String name) {
    if (peek().isName(name)) {
      take();
      return true;
    }
    return false;
  }

  void expect(String operator) {
    if (!takeIf(operator)) {
      throw wrong("'" + operator + "'");
    }
  }

  String expectName() {
    if (peek().kind() != Token.Kind.NAME) {
      throw wrong("a name");
    }
    return take().text();
  }

  TemplateException wrong(String wanted) {
    return new TemplateException(
        peek().line(), wanted + " is expected before '" + shown(peek().text()) + "'");
  }

  private static String shown(String text) {
    return text.length() <= 20 ? text : text.substring(0, 20) + "…";
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TemplateException(peek().line(), "nested deeper than " + MAX_DEPTH);
    }
  }

  void leave() {
    depth--;
  }

  /// An expression, or several with commas between, which are a list.
  Expression tuple() {
    Expression first = expression();
    if (!peek().is(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (takeIf(",")) {
      if (peek().kind() == Token.Kind.TAG_END || peek().is(")") || peek().is("=")) {
        break;
      }
      items.add(expression());
    }
    return new Node.ListOf(items);
  }

  Expression expression() {
    enter();
    Expression value = or();
    while (takeName("if")) {
      Expression condition = or();
      Expression otherwise = takeName("else") ? expression() : null;
      value = new Node.Choice(condition, value, otherwise);
    }
    leave();
    return value;
  }

  /// Without `… if …`: what a loop runs over.
  Expression or() {
    Expression left = and();
    while (peek().isName("or")) {
      int line = take().line();
      left = new Node.Binary("or", left, and(), line);
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (peek().isName("and")) {
      int line = take().line();
      left = new Node.Binary("and", left, not(), line);
    }
    return left;
  }

  private Expression not() {
    if (peek().isName("not")) {
      int line = take().line();
      enter();
      Expression of = not();
      leave();
      return new Node.Unary("not", of, line);
    }
    return comparison();
  }

  private Expression comparison() {
    int line = peek().line();
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> rest = new ArrayList<>();
    while (true) {
      Token next = peek();
      if (next.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(next.text())) {
        operators.add(take().text());
      } else if (next.isName("in")) {
        take();
        operators.add("in");
      } else if (next.isName("not") && tokens.get(position + 1).isName("in")) {
        take();
        take();
        operators.add("not in");
      } else {
        break;
      }
      rest.add(sum());
    }
    return operators.isEmpty() ? first : new Node.Comparison(first, operators, rest, line);
  }

  private Expression sum() {
    Expression left = concatenation();
    while (peek().is("+") || peek().is("-")) {
      Token operator = take();
      left = new Node.Binary(operator.text(), left, concatenation(), operator.line());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (peek().is("~")) {
      int line = take().line();
      left = new Node.Binary("~", left, product(), line);
    }
    return left;
  }

  private Expression product() {
    Expression left = power();
    while (peek().is("*") || peek().is("/") || peek().is("//") || peek().is("%")) {
      Token operator = take();
      left = new Node.Binary(operator.text(), left, power(), operator.line());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (peek().is("**")) {
      int line = take().line();
      left = new Node.Binary("**", left, unary(true), line);
    }
    return left;
  }

  private Expression unary(boolean filters) {
    Expression value;
    if (peek().is("-") || peek().is("+")) {
      Token operator = take();
      enter();
      value = new Node.Unary(operator.text(), unary(false), operator.line());
      leave();
    } else {
      value = primary();
    }
    value = postfix(value);
    return filters ? filtersAndTests(value) : value;
  }

  private Expression primary() {
    Token token = take();
    return switch (token.kind()) {
      case NAME ->
          switch (token.text()) {
            case "true", "True" -> new Node.Literal(true);
            case "false", "False" -> new Node.Literal(false);
            case "none", "None" -> new Node.Literal(Nothing.NONE);
            default -> new Node.Variable(token.text(), token.line());
          };
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Token.Kind.STRING) {
          text.append(take().text());
        }
        yield new Node.Literal(text.toString());
      }
      case INTEGER -> new Node.Literal(Long.parseLong(token.text()));
      case REAL -> new Node.Literal(Double.parseDouble(token.text()));
      case OPERATOR -> bracketed(token);
      case TEXT, PRINT_BEGIN, PRINT_END, TAG_BEGIN, TAG_END, END ->
          throw new TemplateException(token.line(), "an expression is missing");
    };
  }

  private Expression bracketed(Token open) {
    if (open.is("(")) {
      if (takeIf(")")) {
        return new Node.ListOf(List.of());
      }
      Expression inner = tuple();
      expect(")");
      return inner;
    }
    if (open.is("[")) {
      List<Expression> items = new ArrayList<>();
      while (!takeIf("]")) {
        items.add(expression());
        if (!peek().is("]")) {
          expect(",");
        }
      }
      return new Node.ListOf(items);
    }
    if (open.is("{")) {
      List<Expression> keys = new ArrayList<>();
      List<Expression> values = new ArrayList<>();
      while (!takeIf("}")) {
        keys.add(expression());
        expect(":");
        values.add(expression());
        if (!peek().is("}")) {
          expect(",");
        }
      }
      return new Node.DictOf(keys, values);
    }
    throw new TemplateException(
        open.line(), "an expression cannot begin with '" + open.text() + "'");
  }

  private Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      int line = peek().line();
      if (takeIf(".")) {
        if (peek().kind() == Token.Kind.INTEGER) {
          value = new Node.Item(value, new Node.Literal(Long.parseLong(take().text())), line);
        } else {
          value = new Node.Attribute(value, expectName(), line);
        }
      } else if (takeIf("[")) {
        value = subscript(value, line);
      } else if (peek().is("(")) {
        value = new Node.Call(value, arguments(), line);
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression of, int line) {
    @Nullable Expression from = peek().is(":") ? null : expression();
    if (takeIf("]") && from != null) {
      return new Node.Item(of, from, line);
    }
    expect(":");
    @Nullable Expression to = peek().is(":") || peek().is("]") ? null : expression();
    @Nullable Expression step = null;
    if (takeIf(":") && !peek().is("]")) {
      step = expression();
    }
    expect("]");
    return new Node.Slice(of, from, to, step, line);
  }

  Arguments arguments() {
    expect("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!takeIf(")")) {
      if (peek().kind() == Token.Kind.NAME && tokens.get(position + 1).is("=")) {
        String name = take().text();
        take();
        named.put(name, expression());
      } else {
        positional.add(expression());
      }
      if (!peek().is(")")) {
        expect(",");
      }
    }
    return new Arguments(positional, named);
  }

  private Expression filtersAndTests(Expression of) {
    Expression value = of;
    while (true) {
      if (peek().is("|")) {
        value = filter(value);
      } else if (peek().isName("is")) {
        value = test(value);
      } else if (peek().is("(")) {
        int line = peek().line();
        value = new Node.Call(value, arguments(), line);
      } else {
        return value;
      }
    }
  }

  Node.Filter filter(Expression of) {
    int line = peek().line();
    expect("|");
    String name = expectName();
    return new Node.Filter(of, name, peek().is("(") ? arguments() : Arguments.NONE, line);
  }

  private Expression test(Expression of) {
    int line = take().line();
    boolean negated = takeName("not");
    String name = expectName();
    Arguments arguments = Arguments.NONE;
    Token next = peek();
    boolean value =
        next.kind() == Token.Kind.STRING
            || next.kind() == Token.Kind.INTEGER
            || next.kind() == Token.Kind.REAL
            || next.is("[")
            || next.is("{")
            || (next.kind() == Token.Kind.NAME && !NOT_A_TESTS_ARGUMENT.contains(next.text()));
    if (next.is("(")) {
      arguments = arguments();
    } else if (value) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of());
    }
    return new Node.Test(of, name, arguments, negated, line);
  }
}
