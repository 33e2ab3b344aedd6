package engram.inference.chat.jinja;

import engram.inference.chat.jinja.Node.Expression;
import engram.inference.chat.jinja.Node.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a template's statements.
final class TemplateParser extends ExpressionParser {
  private int loops;

  private TemplateParser(List<Token> tokens) {
    super(tokens);
  }

  static List<Statement> parse(String source) {
    TemplateParser parser = new TemplateParser(Lexer.tokens(source));
    List<Statement> statements = parser.statements(Set.of());
    if (parser.peek().kind() != Token.Kind.END) {
      throw parser.wrong("the end");
    }
    return statements;
  }

  /// Up to a tag with one of these names, whose opening is taken.
  private List<Statement> statements(Set<String> until) {
    enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = peek();
      switch (token.kind()) {
        case TEXT -> statements.add(new Node.Text(take().text()));
        case PRINT_BEGIN -> {
          take();
          statements.add(new Node.Print(tuple(), token.line()));
          if (take().kind() != Token.Kind.PRINT_END) {
            throw new TemplateException(token.line(), "'}}' is expected");
          }
        }
        case TAG_BEGIN -> {
          take();
          if (until.contains(peek().text())) {
            leave();
            return statements;
          }
          Statement statement = tag();
          if (statement != null) {
            statements.add(statement);
          }
        }
        case END -> {
          if (!until.isEmpty()) {
            throw wrong("one of " + until);
          }
          leave();
          return statements;
        }
        case PRINT_END, TAG_END, NAME, STRING, INTEGER, REAL, OPERATOR ->
            throw wrong("text or a tag");
      }
    }
  }

  private @Nullable Statement tag() {
    Token name = peek();
    String text = expectName();
    return switch (text) {
      case "if" -> ifTag();
      case "for" -> forTag(name.line());
      case "set" -> setTag(name.line());
      case "macro" -> macroTag();
      case "call" -> callTag(name.line());
      case "filter" -> filterTag();
      case "generation" -> generation();
      case "break", "continue" -> {
        if (loops == 0) {
          throw new TemplateException(name.line(), "'" + text + "' stands in no loop");
        }
        end();
        yield text.equals("break") ? new Node.Break() : new Node.Continue();
      }
      default ->
          throw new TemplateException(
              name.line(), "the tag '" + text + "' is not known or not allowed here");
    };
  }

  private void end() {
    if (take().kind() != Token.Kind.TAG_END) {
      throw wrong("'%}'");
    }
  }

  private List<Statement> body(String endName) {
    end();
    List<Statement> body = statements(Set.of(endName));
    take();
    return body;
  }

  /// Marks what a model wrote, for training; its content is what counts.
  private Statement generation() {
    List<Statement> body = body("endgeneration");
    end();
    return new Node.If(List.of(new Node.Literal(true)), List.of(body), List.of());
  }

  private Statement ifTag() {
    List<Expression> conditions = new ArrayList<>(List.of(expression()));
    List<List<Statement>> bodies = new ArrayList<>();
    List<Statement> otherwise = List.of();
    end();
    while (true) {
      bodies.add(statements(Set.of("elif", "else", "endif")));
      String next = take().text();
      if (next.equals("elif")) {
        conditions.add(expression());
        end();
        continue;
      }
      if (next.equals("else")) {
        end();
        otherwise = statements(Set.of("endif"));
        take();
      }
      end();
      return new Node.If(conditions, bodies, otherwise);
    }
  }

  private Statement forTag(int line) {
    List<String> names = names();
    if (!takeName("in")) {
      throw wrong("'in'");
    }
    Expression over = or();
    @Nullable Expression only = takeName("if") ? expression() : null;
    end();
    loops++;
    List<Statement> body = statements(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (take().text().equals("else")) {
      end();
      otherwise = statements(Set.of("endfor"));
      take();
    }
    end();
    return new Node.For(names, over, only, body, otherwise, line);
  }

  private List<String> names() {
    boolean bracket = takeIf("(");
    List<String> names = new ArrayList<>(List.of(expectName()));
    while (takeIf(",")) {
      names.add(expectName());
    }
    if (bracket) {
      expect(")");
    }
    return names;
  }

  private Statement setTag(int line) {
    List<String> names = names();
    @Nullable String attribute = takeIf(".") ? expectName() : null;
    if (takeIf("=")) {
      Expression value = tuple();
      end();
      return new Node.Set(names, attribute, value, line);
    }
    if (names.size() != 1 || attribute != null) {
      throw wrong("'='");
    }
    List<Statement> body = body("endset");
    end();
    return new Node.SetBlock(names.getFirst(), body);
  }

  private Statement macroTag() {
    String name = expectName();
    Map<String, Expression> defaults = new LinkedHashMap<>();
    List<String> parameters = parameters(defaults);
    List<Statement> body = body("endmacro");
    // The name may be repeated.
    if (peek().kind() == Token.Kind.NAME) {
      take();
    }
    end();
    return new Node.Macro(name, parameters, defaults, body);
  }

  private List<String> parameters(Map<String, Expression> defaults) {
    List<String> parameters = new ArrayList<>();
    expect("(");
    while (!takeIf(")")) {
      String parameter = expectName();
      parameters.add(parameter);
      if (takeIf("=")) {
        defaults.put(parameter, expression());
      }
      if (!peek().is(")")) {
        expect(",");
      }
    }
    return parameters;
  }

  private Statement callTag(int line) {
    List<String> parameters = peek().is("(") ? parameters(new LinkedHashMap<>()) : List.of();
    if (!(expression() instanceof Node.Call call)) {
      throw new TemplateException(line, "'call' needs a macro's call");
    }
    List<Statement> body = body("endcall");
    end();
    return new Node.CallBlock(call, parameters, body, line);
  }

  private Statement filterTag() {
    // Written without the bar before the first name.
    int line = peek().line();
    String first = expectName();
    List<Node.Filter> filters = new ArrayList<>();
    Expression nothing = new Node.Literal("");
    filters.add(
        new Node.Filter(nothing, first, peek().is("(") ? arguments() : Node.Arguments.NONE, line));
    while (peek().is("|")) {
      filters.add(filter(nothing));
    }
    List<Statement> body = body("endfilter");
    end();
    return new Node.FilterBlock(filters, body);
  }
}
