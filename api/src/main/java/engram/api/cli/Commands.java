package engram.api.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Entry to the commands: `demo` and `reindex`.
public final class Commands {
  private static final String URL_DEFAULT = "http://127.0.0.1:8080";

  private Commands() {}

  public static boolean knows(String command) {
    return command.equals("demo") || command.equals("reindex");
  }

  /// @return the exit status
  public static int run(String command, List<String> arguments, PrintStream out, PrintStream err) {
    try {
      Map<String, String> options = options(arguments);
      Path keyFile = Path.of(options.getOrDefault("--key-file", "data/admin.key"));
      ServerClient server = new ServerClient(options.getOrDefault("--url", URL_DEFAULT), keyFile);
      if (command.equals("demo")) {
        new Demo(server, keyFile, out).run();
      } else {
        new Reindex(server, out).run();
      }
      return 0;
    } catch (CommandException failure) {
      err.println(failure.getMessage());
      return 1;
    }
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
