package engram.api.cli;

import engram.api.engine.ModelFiles;
import engram.inference.hub.HubException;
import engram.inference.hub.HubSettings;
import engram.inference.hub.ModelManifest;
import engram.inference.hub.ModelName;
import engram.inference.hub.Models;
import engram.inference.hub.PullProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;

/// `models pull|list|show|rm|bench`: the model files of this machine.
final class ModelFilesCommand {
  private static final Set<String> OPTIONS =
      Set.of("--folder", "--hub", "--prompt", "--output", "--rounds", "--cache-type");

  /// Each tenth of a model is told, and no more.
  private static final int TOLD_PARTS = 10;

  private final Map<String, String> environment;
  private final PrintStream out;

  ModelFilesCommand(Map<String, String> environment, PrintStream out) {
    this.environment = environment;
    this.out = out;
  }

  void run(List<String> arguments) {
    String action = arguments.isEmpty() ? "" : arguments.getFirst();
    CommandOptions options =
        CommandOptions.read(
            "models",
            arguments.subList(Math.min(1, arguments.size()), arguments.size()),
            OPTIONS,
            1);
    try {
      switch (action) {
        case "pull" -> pull(name(options), options);
        case "list" -> list(folder(options));
        case "show" -> show(word(options), folder(options));
        case "rm" -> remove(name(options), folder(options));
        case "bench" -> new ModelBench(options, folder(options), out).run(word(options));
        default -> throw new Misuse("models needs pull, list, show, rm or bench.");
      }
    } catch (HubException failure) {
      throw new CommandException(
          String.valueOf(failure.getMessage())
              + (failure.reason() == HubException.Reason.NO_NETWORK
                  ? "\nWithout a network, copy a .gguf file or a folder with config.json into "
                      + folder(options)
                      + "; it is a model by its name then."
                  : ""));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted; the next pull goes on where this one ended.");
    }
  }

  private Path folder(CommandOptions options) {
    String set = environment.get("ENGRAM_INFERENCE_MODELS_FOLDER");
    return Path.of(options.value("--folder").orElse(set == null ? "data/models" : set));
  }

  private static String word(CommandOptions options) {
    if (options.words().isEmpty()) {
      throw new Misuse("models needs the name of a model here.");
    }
    return options.words().getFirst();
  }

  private static ModelName name(CommandOptions options) {
    try {
      return ModelName.parse(word(options));
    } catch (IllegalArgumentException e) {
      throw new Misuse(e.getMessage() + ".");
    }
  }

  private void pull(ModelName name, CommandOptions options) throws InterruptedException {
    if (ModelFiles.isTaken(name.toString())) {
      throw new CommandException("Names that begin with engram/ stand for documents.");
    }
    HubSettings hub = hub(options);
    Path folder = folder(options);
    out.println("Pulling " + name + " from " + hub.baseUrl() + " into " + folder);
    ModelManifest manifest = new Models(folder, Clock.systemUTC()).pull(name, hub, new Told(out));
    out.printf(
        Locale.ROOT,
        "%s is here: %d files, %s, commit %s%n",
        manifest.name(),
        manifest.files().size(),
        size(manifest.bytes()),
        manifest.commit());
  }

  private HubSettings hub(CommandOptions options) {
    Map<String, String> said = new HashMap<>(environment);
    options.value("--hub").ifPresent(address -> said.put("ENGRAM_HUB_URL", address));
    return HubSettings.fromEnvironment(said);
  }

  private record Line(String name, long bytes, String from) {}

  private void list(Path folder) {
    SortedMap<String, Path> found = ModelFiles.in(folder);
    if (found.isEmpty()) {
      out.println("No models in " + folder + "; ./engram models pull brings one.");
      return;
    }
    Models models = new Models(folder, Clock.systemUTC());
    Map<String, ModelManifest> pulled =
        models.list().stream()
            .collect(java.util.stream.Collectors.toMap(ModelManifest::name, one -> one));
    List<Line> lines =
        found.entrySet().stream()
            .map(one -> {
              ModelManifest manifest = pulled.get(one.getKey());
              return manifest == null
                  ? new Line(one.getKey(), bytes(one.getValue()), "put here by hand")
                  : new Line(one.getKey(), manifest.bytes(), "pulled " + manifest.pulled());
            })
            .toList();
    int width = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
    for (Line line : lines) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s  %10s  %s%n",
          line.name(),
          size(line.bytes()),
          line.from());
    }
  }

  private void show(String name, Path folder) {
    Path path = ModelFiles.in(folder).get(name);
    if (path == null) {
      throw absent(name, folder);
    }
    out.println("name    " + name);
    out.println("opened  " + path);
    Optional<ModelManifest> manifest =
        new Models(folder, Clock.systemUTC())
            .list().stream().filter(one -> one.name().equals(name)).findFirst();
    if (manifest.isEmpty()) {
      out.println("size    " + size(bytes(path)));
      return;
    }
    out.println("commit  " + manifest.get().commit());
    out.println("pulled  " + manifest.get().pulled());
    for (ModelManifest.File file : manifest.get().files()) {
      out.printf(Locale.ROOT, "  %10s  %s  %s%n", size(file.bytes()), file.path(), file.digest());
    }
  }

  private void remove(ModelName name, Path folder) {
    new Models(folder, Clock.systemUTC()).remove(name);
    out.println(name + " is gone.");
  }

  static CommandException absent(String name, Path folder) {
    return new CommandException(
        "There is no model \""
            + name
            + "\" in "
            + folder
            + "; there are "
            + (ModelFiles.in(folder).isEmpty()
                ? "none"
                : String.join(", ", ModelFiles.in(folder).keySet()))
            + ".");
  }

  private static long bytes(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    } catch (IOException e) {
      throw new CommandException(path + " cannot be read: " + e.getMessage());
    }
  }

  static String size(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }

  /// Tells each file, and each tenth of the whole.
  private static final class Told implements PullProgress {
    private final PrintStream out;
    private String file = "";
    private long part = -1;

    Told(PrintStream out) {
      this.out = out;
    }

    @Override
    public void at(String path, long doneBytes, long totalBytes) {
      long now = totalBytes == 0 ? TOLD_PARTS : doneBytes * TOLD_PARTS / totalBytes;
      if (!path.equals(file) || now > part) {
        file = path;
        part = now;
        out.printf(
            Locale.ROOT,
            "  %3d%%  %s of %s  %s%n",
            totalBytes == 0 ? 100 : doneBytes * 100 / totalBytes,
            size(doneBytes),
            size(totalBytes),
            path);
      }
    }
  }
}
