package engram.bench;

import engram.system.PublicData;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/// What the measurements that run alone have in common: where the data lie, and how numbers are
/// printed.
final class Measured {
  private Measured() {}

  /// @param args the folder of the public data sets, or nothing where it can be found
  static Path data(String[] args) {
    return args.length > 0
        ? Path.of(args[0])
        : PublicData.find("qa-squad2")
            .orElseThrow(() -> new IllegalStateException("name the folder of the public data sets"))
            .resolveSibling("");
  }

  static void print(Map<String, Object> values) {
    values.forEach((name, value) -> System.out.println(name + " " + text(value)));
  }

  private static String text(Object value) {
    return switch (value) {
      case Double number -> String.format(Locale.ROOT, "%.4f", number);
      case Map<?, ?> map -> {
        StringBuilder lines = new StringBuilder();
        map.forEach((key, each) -> lines.append("\n  ").append(key).append(" ").append(text(each)));
        yield lines.toString();
      }
      default -> value.toString();
    };
  }
}
