package engram.api.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Entry to the commands: `demo`, `reindex` and `eval`.
public final class Commands {
  private static final String URL_DEFAULT = "http://127.0.0.1:8080";

  private static final String KEY_FILE_DEFAULT = "data/admin.key";

  private Commands() {}

  public static boolean knows(String command) {
    return command.equals("demo") || command.equals("reindex") || command.equals("eval");
  }

  /// @return the exit status
  public static int run(String command, List<String> arguments, PrintStream out, PrintStream err) {
    try {
      if (command.equals("eval")) {
        return evaluate(arguments, out);
      }
      Map<String, String> options = options(arguments);
      Path keyFile = Path.of(options.getOrDefault("--key-file", KEY_FILE_DEFAULT));
      ServerClient server = new ServerClient(options.getOrDefault("--url", URL_DEFAULT), keyFile);
      if (command.equals("demo")) {
        new Demo(server, keyFile, out).run();
      } else {
        new Reindex(server, out).run();
      }
      return 0;
    } catch (EvaluationOptions.Misuse misuse) {
      err.println("engram: " + misuse.getMessage());
      err.println("Try: ./engram eval --help");
      return 2;
    } catch (CommandException failure) {
      err.println(failure.getMessage());
      return 1;
    }
  }

  private static int evaluate(List<String> arguments, PrintStream out) {
    Map<String, List<String>> given = EvaluationOptions.parse(arguments);
    EvaluationOptions options = EvaluationOptions.of(given);
    String url = EvaluationOptions.one(given, "--url").orElse(URL_DEFAULT);
    String key = EvaluationOptions.one(given, "--key").orElse(System.getenv("ENGRAM_KEY"));
    Optional<String> keyFile = EvaluationOptions.one(given, "--key-file");
    ServerClient server =
        key != null && !key.isBlank() && keyFile.isEmpty()
            ? new ServerClient(url, key)
            : new ServerClient(url, Path.of(keyFile.orElse(KEY_FILE_DEFAULT)));
    return new Evaluation(options, server, out).run();
  }

  private static Map<String, String> options(List<String> arguments) {
    Map<String, String> options = new HashMap<>();
    for (int index = 0; index < arguments.size(); index += 2) {
      String name = arguments.get(index);
      if (!(name.equals("--url") || name.equals("--key-file")) || index + 1 == arguments.size()) {
        throw new CommandException(
            "Unknown option " + name + "; known are --url URL and --key-file FILE.");
      }
      options.put(name, arguments.get(index + 1));
    }
    return options;
  }
}
