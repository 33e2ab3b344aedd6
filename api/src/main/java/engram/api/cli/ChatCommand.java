package engram.api.cli;

import engram.api.engine.ModelFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// `chat`: a dialogue in the terminal, through a running server, or with a model of the models
/// folder in this process where none runs.
final class ChatCommand {
  private static final Set<String> OPTIONS =
      Set.of(
          "--url",
          "--key",
          "--key-file",
          "--model",
          "--system",
          "--folder",
          "--max-tokens",
          "--temperature");
  private static final String HELP =
      "An empty line is skipped. /reset forgets what was said, /exit or Ctrl-D ends.";

  private final Map<String, String> environment;
  private final BufferedReader in;
  private final PrintStream out;

  ChatCommand(Map<String, String> environment, BufferedReader in, PrintStream out) {
    this.environment = environment;
    this.in = in;
    this.out = out;
  }

  /// One line of a dialogue, in OpenAI's words.
  record Line(String role, String content) {}

  /// How long answers may be, and how they are drawn.
  record Manner(Optional<Integer> maxTokens, Optional<Double> temperature) {}

  /// Whom one talks to.
  interface Partner extends AutoCloseable {
    String name();

    /// @param piece gets what is said as it comes
    /// @return the whole
    String answer(List<Line> dialogue, Manner manner, Consumer<String> piece);

    @Override
    default void close() {}
  }

  void run(List<String> arguments) {
    CommandOptions options = CommandOptions.read("chat", arguments, OPTIONS, 0);
    Optional<Integer> maxTokens =
        options.value("--max-tokens").map(text -> options.number("--max-tokens", 0, 1, 1 << 20));
    Manner manner =
        new Manner(maxTokens, options.value("--temperature").map(ChatCommand::temperature));
    try (Partner partner = partner(options)) {
      out.println("Talking to " + partner.name() + ". " + HELP);
      talk(partner, options.value("--system"), manner);
    }
  }

  private static double temperature(String text) {
    if (!text.matches("[0-2](\\.\\d{1,6})?") || Double.parseDouble(text) > 2) {
      throw new Misuse("--temperature needs a number in [0, 2], not \"" + text + "\".");
    }
    return Double.parseDouble(text);
  }

  private Partner partner(CommandOptions options) {
    String url = options.value("--url").orElse(Commands.URL_DEFAULT);
    Path keyFile = Path.of(options.value("--key-file").orElse(Commands.KEY_FILE_DEFAULT));
    String key = options.value("--key").orElse(environment.get("ENGRAM_KEY"));
    boolean keyKnown = key != null && !key.isBlank();
    if (!options.named().containsKey("--folder") && (keyKnown || Files.isReadable(keyFile))) {
      ServerClient server =
          key == null || key.isBlank()
              ? new ServerClient(url, keyFile)
              : new ServerClient(url, key);
      if (server.answers()) {
        return new ServerPartner(server, model(server, options.value("--model")));
      }
    }
    if (options.named().containsKey("--url")) {
      throw new CommandException(
          "No server answers at " + url + ", or there is no key for it (--key-file).");
    }
    String set = environment.get("ENGRAM_INFERENCE_MODELS_FOLDER");
    Path folder = Path.of(options.value("--folder").orElse(set == null ? "data/models" : set));
    Map<String, Path> models = ModelFiles.in(folder);
    String model =
        options
            .value("--model")
            .or(() -> models.size() == 1 ? models.keySet().stream().findFirst() : Optional.empty())
            .orElseThrow(() ->
                new CommandException(
                    models.isEmpty()
                        ? "No server answers at "
                            + url
                            + ", and there is no model in "
                            + folder
                            + ": ./engram serve, or ./engram models pull."
                        : "Name one with --model: " + String.join(", ", models.keySet()) + "."));
    Path path = models.get(model);
    if (path == null) {
      throw ModelFilesCommand.absent(model, folder);
    }
    out.println("No server answers at " + url + "; the model runs here.");
    return new EnginePartner(model, path);
  }

  /// The one that is named, else the only one, else the documents.
  private static String model(ServerClient server, Optional<String> named) {
    if (named.isPresent()) {
      return named.get();
    }
    List<String> models = new ArrayList<>();
    for (JsonNode model : server.get("v1/models").path("data")) {
      String id = model.path("id").asString("");
      if (!ModelFiles.isTaken(id)) {
        models.add(id);
      }
    }
    if (models.size() > 1) {
      throw new CommandException("Name one with --model: " + String.join(", ", models) + ".");
    }
    return models.isEmpty() ? "engram" : models.getFirst();
  }

  private void talk(Partner partner, Optional<String> system, Manner manner) {
    List<Line> dialogue = new ArrayList<>();
    while (true) {
      if (dialogue.isEmpty()) {
        system.ifPresent(text -> dialogue.add(new Line("system", text)));
      }
      out.print("> ");
      out.flush();
      String said = line();
      if (said == null || said.strip().equals("/exit")) {
        out.println();
        return;
      }
      if (said.strip().equals("/reset")) {
        dialogue.clear();
      } else if (!said.isBlank()) {
        dialogue.add(new Line("user", said));
        answer(partner, dialogue, manner);
      }
    }
  }

  /// A failure ends no dialogue: the question is taken back.
  private void answer(Partner partner, List<Line> dialogue, Manner manner) {
    try {
      String text =
          partner.answer(
              List.copyOf(dialogue),
              manner,
              piece -> {
                out.print(piece);
                out.flush();
              });
      dialogue.add(new Line("assistant", text));
    } catch (CommandException failure) {
      dialogue.removeLast();
      out.print("(" + failure.getMessage() + ")");
    }
    out.println();
  }

  private @org.jspecify.annotations.Nullable String line() {
    try {
      return in.readLine();
    } catch (IOException closed) {
      return null;
    }
  }
}
