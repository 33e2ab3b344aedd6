package engram.api.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Entry to the commands.
public final class Commands {
  static final String URL_DEFAULT = "http://127.0.0.1:8080";

  static final String KEY_FILE_DEFAULT = "data/admin.key";

  private static final Set<String> KNOWN = Set.of("demo", "reindex", "eval", "models", "chat");

  private Commands() {}

  public static boolean knows(String command) {
    return KNOWN.contains(command);
  }

  /// @return the exit status
  public static int run(String command, List<String> arguments, PrintStream out, PrintStream err) {
    try {
      switch (command) {
        case "eval" -> {
          return evaluate(arguments, out);
        }
        case "models" -> new ModelFilesCommand(System.getenv(), out).run(arguments);
        case "chat" -> new ChatCommand(System.getenv(), terminal(), out).run(arguments);
        default -> onServer(command, arguments, out);
      }
      return 0;
    } catch (Misuse misuse) {
      err.println("engram: " + misuse.getMessage());
      err.println("Try: ./engram " + command + " --help");
      return 2;
    } catch (CommandException failure) {
      err.println(failure.getMessage());
      return 1;
    }
  }

  private static BufferedReader terminal() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }

  private static void onServer(String command, List<String> arguments, PrintStream out) {
    Map<String, String> options = options(arguments);
    Path keyFile = Path.of(options.getOrDefault("--key-file", KEY_FILE_DEFAULT));
    ServerClient server = new ServerClient(options.getOrDefault("--url", URL_DEFAULT), keyFile);
    if (command.equals("demo")) {
      new Demo(server, keyFile, out).run();
    } else {
      new Reindex(server, out).run();
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
