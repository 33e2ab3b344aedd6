package engram.api.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// What the build of `console/` packed into the jar, compressed beforehand where that helps.
///
/// Kept in memory once asked for: together they are a few hundred kilobytes. Threads: any.
@Component
class ConsoleFiles {
  private static final String FOLDER = "/console/";
  private static final String PAGE = "index.html";
  private static final Pattern ASSET = Pattern.compile("assets/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "woff2", "font/woff2");

  private static final String NOT_BUILT =
      """
      <!doctype html><html lang="en"><meta charset="utf-8"><title>Engram</title>
      <h1>Engram is running</h1>
      <p>The console was not built: Node.js 20.19 or newer, with npm, was missing when this server
      was. Install it and run <code>./engram build</code> again.</p>
      <p>Everything else works: the API is described by <code>/openapi.yaml</code>.</p></html>
      """;

  private final Map<String, Optional<ConsoleFile>> known = new ConcurrentHashMap<>();

  /// @param gzip the same, compressed; null where it is not smaller
  @SuppressWarnings("ArrayRecordComponent")
  record ConsoleFile(String type, byte[] plain, byte @Nullable [] gzip) {}

  /// The page that every path of the console begins with.
  ConsoleFile page() {
    return known
        .computeIfAbsent(PAGE, ConsoleFiles::load)
        .orElseGet(() ->
            new ConsoleFile(
                String.valueOf(TYPES.get("html")),
                NOT_BUILT.getBytes(StandardCharsets.UTF_8),
                null));
  }

  /// @param name such as `assets/index-1a2b3c.js`
  Optional<ConsoleFile> asset(String name) {
    boolean ours = ASSET.matcher(name).matches() || name.equals("favicon.svg");
    if (!ours) {
      return Optional.empty();
    }
    Optional<ConsoleFile> found = known.get(name);
    if (found == null) {
      found = load(name);
      // Names that do not exist are anybody's to invent: they are not remembered.
      found.ifPresent(file -> known.put(name, Optional.of(file)));
    }
    return found;
  }

  private static Optional<ConsoleFile> load(String name) {
    byte[] plain = read(name);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    return plain == null || type == null
        ? Optional.empty()
        : Optional.of(new ConsoleFile(type, plain, read(name + ".gz")));
  }

  private static byte @Nullable [] read(String name) {
    try (InputStream in = ConsoleFiles.class.getResourceAsStream(FOLDER + name)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
