package engram.inference.chat.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A template that has been read. Threads: any.
public final class Template {
  private static final int MAX_SOURCE_CHARACTERS = 1 << 20;
  private static final int MAX_DEPTH = 100;

  private final List<Node.Statement> statements;

  private Template(List<Node.Statement> statements) {
    this.statements = statements;
  }

  /// @throws TemplateException if it cannot be read, or is too large
  public static Template parse(String source) {
    if (source.length() > MAX_SOURCE_CHARACTERS) {
      throw new TemplateException(
          "a template of " + source.length() + " characters > " + MAX_SOURCE_CHARACTERS);
    }
    try {
      return new Template(TemplateParser.parse(source));
    } catch (StackOverflowError tooDeep) {
      throw new TemplateException("the template is nested too deep");
    }
  }

  /// @param names what the template is given: strings, numbers, truth values, null, and lists and
  ///   maps of these; not changed
  /// @param now what time it is to `strftime_now`
  /// @throws TemplateException if the template fails, refuses its input, or costs too much
  public String render(Map<String, ?> names, Supplier<LocalDateTime> now) {
    Map<String, Object> values = new LinkedHashMap<>();
    names.forEach((name, value) -> values.put(name, imported(value, 0)));
    values.put(
        "raise_exception",
        (Callable)
            (positional, named) -> {
              throw new TemplateException(
                  "the template refuses its input: "
                      + (positional.isEmpty() ? "" : Values.text(positional.getFirst())));
            });
    values.put(
        "strftime_now",
        (Callable)
            (positional, named) ->
                Dates.format(
                    now.get(), positional.isEmpty() ? "" : Values.text(positional.getFirst())));
    try {
      return Interpreter.render(statements, values);
    } catch (StackOverflowError tooDeep) {
      // A sum of thousands of terms is as deep as it is long; there is no simpler bound.
      throw new TemplateException("the template is nested too deep");
    }
  }

  private static Object imported(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TemplateException("what is given is nested deeper than " + MAX_DEPTH);
    }
    return switch (value) {
      case null -> Nothing.NONE;
      case String text -> text;
      case Boolean flag -> flag;
      case Double number -> number;
      case Float number -> number.doubleValue();
      case Number number -> number.longValue();
      case List<?> list -> {
        List<Object> items = new ArrayList<>(list.size());
        list.forEach(item -> items.add(imported(item, depth + 1)));
        yield items;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> entries = new LinkedHashMap<>();
        map.forEach((key, item) -> entries.put(String.valueOf(key), imported(item, depth + 1)));
        yield entries;
      }
      default ->
          throw new TemplateException(
              "a template cannot be given a " + value.getClass().getSimpleName());
    };
  }
}
