package engram.inference.chat.jinja;

import engram.inference.chat.jinja.Node.Expression;
import engram.inference.chat.jinja.Node.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Renders one template once.
final class Interpreter {
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  private final Budget budget = new Budget();
  private StringBuilder out = new StringBuilder();

  /// @param names values as [Values] means them; not changed
  static String render(List<Statement> template, Map<String, Object> names) {
    Interpreter interpreter = new Interpreter();
    Scope outside = new Scope(Globals.of(interpreter.budget), null);
    Scope given = new Scope(new HashMap<>(names), outside);
    interpreter.run(template, given);
    return interpreter.out.toString();
  }

  private Flow run(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      budget.step();
      Flow flow = run(statement, scope);
      if (flow != Flow.ON) {
        return flow;
      }
    }
    return Flow.ON;
  }

  private Flow run(Statement statement, Scope scope) {
    switch (statement) {
      case Node.Text(var text) -> write(text);
      case Node.Print(var value, var line) -> write(text(value, scope, line));
      case Node.If choice -> {
        return run(chosen(choice, scope), scope);
      }
      case Node.For loop -> {
        loop(loop, scope);
      }
      case Node.Set set -> set(set, scope);
      case Node.SetBlock(var name, var body) -> scope.names().put(name, captured(body, scope));
      case Node.FilterBlock(var filters, var body) -> {
        Object value = captured(body, scope);
        for (Node.Filter filter : filters) {
          value = filtered(filter, value, scope);
        }
        write(Values.text(value));
      }
      case Node.Macro macro -> scope.names().put(macro.name(), macro(macro, scope));
      case Node.CallBlock block -> {
        Node.Macro caller = new Node.Macro("caller", block.parameters(), Map.of(), block.body());
        Map<String, Object> named = named(block.call().arguments(), scope);
        named.put("caller", macro(caller, scope));
        write(Values.text(called(block.call(), named, scope)));
      }
      case Node.Break() -> {
        return Flow.BREAK;
      }
      case Node.Continue() -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private void write(String text) {
    budget.make(text.length());
    out.append(text);
  }

  private String text(Expression value, Scope scope, int line) {
    try {
      return Values.text(value(value, scope));
    } catch (TemplateException failed) {
      throw located(line, failed);
    }
  }

  private static TemplateException located(int line, TemplateException failed) {
    String message = failed.getMessage();
    return message != null && message.startsWith("line ")
        ? failed
        : new TemplateException(line, failed);
  }

  private List<Statement> chosen(Node.If choice, Scope scope) {
    for (int i = 0; i < choice.conditions().size(); i++) {
      if (Values.truth(value(choice.conditions().get(i), scope))) {
        return choice.bodies().get(i);
      }
    }
    return choice.otherwise();
  }

  private String captured(List<Statement> body, Scope scope) {
    StringBuilder outside = out;
    out = new StringBuilder();
    run(body, scope.inner());
    String captured = out.toString();
    out = outside;
    return captured;
  }

  private void loop(Node.For loop, Scope scope) {
    List<Object> items = Values.iterate(value(loop.over(), scope));
    budget.make(items.size());
    if (loop.only() != null) {
      List<Object> kept = new ArrayList<>();
      for (Object item : items) {
        budget.step();
        Scope inner = scope.inner();
        bind(loop, item, inner);
        if (Values.truth(value(loop.only(), inner))) {
          kept.add(item);
        }
      }
      items = kept;
    }
    if (items.isEmpty()) {
      run(loop.otherwise(), scope);
      return;
    }
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      Scope inner = scope.inner();
      inner.names().put("loop", new Loop(items, i));
      bind(loop, items.get(i), inner);
      if (run(loop.body(), inner) == Flow.BREAK) {
        break;
      }
    }
  }

  private static void bind(Node.For loop, Object item, Scope scope) {
    bind(loop.names(), item, scope, loop.line());
  }

  private static void bind(List<String> names, Object value, Scope scope, int line) {
    if (names.size() == 1) {
      scope.names().put(names.getFirst(), value);
      return;
    }
    List<Object> parts = Values.iterate(value);
    if (parts.size() != names.size()) {
      throw new TemplateException(line, parts.size() + " values for " + names.size() + " names");
    }
    for (int i = 0; i < names.size(); i++) {
      scope.names().put(names.get(i), parts.get(i));
    }
  }

  private void set(Node.Set set, Scope scope) {
    Object value = value(set.value(), scope);
    if (set.attribute() == null) {
      bind(set.names(), value, scope, set.line());
      return;
    }
    if (!(scope.get(set.names().getFirst()) instanceof Namespace namespace)) {
      throw new TemplateException(
          set.line(), "'" + set.names().getFirst() + "' is no namespace and cannot be changed");
    }
    namespace.names().put(set.attribute(), value);
  }

  private Callable macro(Node.Macro macro, Scope defined) {
    return (positional, named) -> {
      if (positional.size() > macro.parameters().size()) {
        throw new TemplateException("'" + macro.name() + "' is given too many arguments");
      }
      Scope scope = defined.inner();
      for (int i = 0; i < macro.parameters().size(); i++) {
        String parameter = macro.parameters().get(i);
        Expression otherwise = macro.defaults().get(parameter);
        Object value =
            i < positional.size()
                ? positional.get(i)
                : named.containsKey(parameter)
                    ? named.get(parameter)
                    : otherwise == null ? Nothing.UNDEFINED : value(otherwise, scope);
        scope.names().put(parameter, value == null ? Nothing.UNDEFINED : value);
      }
      Object caller = named.get("caller");
      if (caller != null) {
        scope.names().put("caller", caller);
      }
      budget.enter();
      String text = captured(macro.body(), scope);
      budget.leave();
      return text;
    };
  }

  private Object value(Expression expression, Scope scope) {
    budget.step();
    return switch (expression) {
      case Node.Literal(var value) -> value;
      case Node.Variable(var name, var line) -> scope.get(name);
      case Node.ListOf(var items) -> {
        List<Object> values = new ArrayList<>(items.size());
        items.forEach(item -> values.add(value(item, scope)));
        yield values;
      }
      case Node.DictOf(var keys, var values) -> {
        Map<Object, Object> dict = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
          dict.put(plain(value(keys.get(i), scope)), value(values.get(i), scope));
        }
        yield dict;
      }
      case Node.Attribute(var of, var name, var line) ->
          attribute(value(of, scope), described(of), name, line);
      case Node.Item(var of, var key, var line) -> item(of, key, line, scope);
      case Node.Slice(var of, var from, var to, var step, var line) ->
          Operators.slice(
              value(of, scope),
              from == null ? null : value(from, scope),
              to == null ? null : value(to, scope),
              step == null ? null : value(step, scope));
      case Node.Call call -> called(call, named(call.arguments(), scope), scope);
      case Node.Filter filter -> filtered(filter, value(filter.of(), scope), scope);
      case Node.Test test -> {
        Object of = value(test.of(), scope);
        List<Object> arguments = positional(test.arguments(), scope);
        yield Tests.holds(test.name(), of, arguments, test.line()) != test.negated();
      }
      case Node.Unary(var operator, var of, var line) -> unary(operator, value(of, scope));
      case Node.Binary binary -> binary(binary, scope);
      case Node.Comparison comparison -> compared(comparison, scope);
      case Node.Choice(var condition, var then, var otherwise) ->
          Values.truth(value(condition, scope))
              ? value(then, scope)
              : otherwise == null ? Nothing.UNDEFINED : value(otherwise, scope);
    };
  }

  private static Object plain(Object key) {
    if (!Values.isPlain(key)) {
      throw new TemplateException(Values.type(key) + " cannot be a key");
    }
    return key;
  }

  private Object item(Expression of, Expression key, int line, Scope scope) {
    Object owner = value(of, scope);
    Object at = value(key, scope);
    try {
      if (owner instanceof Namespace namespace) {
        return Operators.item(namespace.names(), at);
      }
      return Operators.item(owner, at);
    } catch (TemplateException failed) {
      throw new TemplateException(line, "'" + described(of) + "': " + failed.getMessage());
    }
  }

  private static String described(Expression expression) {
    return switch (expression) {
      case Node.Variable variable -> variable.name();
      case Node.Attribute attribute -> described(attribute.of()) + "." + attribute.name();
      case Node.Item item -> described(item.of()) + "[…]";
      default -> "a value";
    };
  }

  /// A method of the value goes before a key of a dictionary.
  private Object attribute(Object of, String owner, String name, int line) {
    if (of instanceof Namespace namespace) {
      return namespace.names().getOrDefault(name, Nothing.UNDEFINED);
    }
    if (of instanceof Loop loop) {
      return loop.attribute(name);
    }
    Callable method = Methods.find(of, name, budget);
    if (method != null) {
      return method;
    }
    if (of instanceof Map<?, ?> map) {
      Object value = map.get(name);
      return value == null ? Nothing.UNDEFINED : value;
    }
    if (of == Nothing.UNDEFINED) {
      throw new TemplateException(line, "'" + owner + "' is not defined and has no '" + name + "'");
    }
    return Nothing.UNDEFINED;
  }

  private Object called(Node.Call call, Map<String, Object> named, Scope scope) {
    Object what = value(call.what(), scope);
    if (!(what instanceof Callable callable)) {
      throw new TemplateException(
          call.line(), "'" + described(call.what()) + "' is not a function or not allowed here");
    }
    List<Object> positional = positional(call.arguments(), scope);
    try {
      return callable.call(positional, named);
    } catch (TemplateException failed) {
      throw located(call.line(), failed);
    }
  }

  private Object filtered(Node.Filter filter, Object value, Scope scope) {
    List<Object> positional = positional(filter.arguments(), scope);
    Map<String, Object> named = named(filter.arguments(), scope);
    try {
      return Filters.apply(filter.name(), value, new Given(positional, named), budget);
    } catch (TemplateException failed) {
      throw located(filter.line(), failed);
    }
  }

  private List<Object> positional(Node.Arguments arguments, Scope scope) {
    List<Object> values = new ArrayList<>();
    arguments.positional().forEach(argument -> values.add(value(argument, scope)));
    return values;
  }

  private Map<String, Object> named(Node.Arguments arguments, Scope scope) {
    Map<String, Object> values = new LinkedHashMap<>();
    arguments.named().forEach((name, argument) -> values.put(name, value(argument, scope)));
    return values;
  }

  private static Object unary(String operator, Object value) {
    return switch (operator) {
      case "not" -> !Values.truth(value);
      case "-" ->
          value instanceof Double number ? (Object) (-number) : (Object) (-Values.whole(value));
      default -> value;
    };
  }

  private Object binary(Node.Binary binary, Scope scope) {
    Object left = value(binary.left(), scope);
    switch (binary.operator()) {
      case "and" -> {
        return Values.truth(left) ? value(binary.right(), scope) : left;
      }
      case "or" -> {
        return Values.truth(left) ? left : value(binary.right(), scope);
      }
      default -> {
        Object right = value(binary.right(), scope);
        try {
          return Operators.binary(binary.operator(), left, right, budget);
        } catch (TemplateException failed) {
          throw located(binary.line(), failed);
        }
      }
    }
  }

  private Object compared(Node.Comparison comparison, Scope scope) {
    Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.rest().size(); i++) {
      Object right = value(comparison.rest().get(i), scope);
      String operator = comparison.operators().get(i);
      try {
        if (!holds(operator, left, right)) {
          return false;
        }
      } catch (TemplateException failed) {
        throw located(comparison.line(), failed);
      }
      left = right;
    }
    return true;
  }

  static boolean holds(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "in" -> Values.contains(right, left);
      case "not in" -> !Values.contains(right, left);
      case "<" -> Values.compare(left, right) < 0;
      case "<=" -> Values.compare(left, right) <= 0;
      case ">" -> Values.compare(left, right) > 0;
      default -> Values.compare(left, right) >= 0;
    };
  }
}
