package engram.memory.recall;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// LoCoMo, where it lies beside the checkout. Its licence (CC BY-NC 4.0) lets it be evaluated with
/// and nothing else: nothing of it is in this project.
final class LoCoMo {
  private static final Pattern EVIDENCE = Pattern.compile("D\\d+:\\d+");

  private LoCoMo() {}

  /// @param evidence turn ids that exist
  record Asked(String question, int category, Set<String> evidence) {}

  record Sample(String id, JsonNode node, List<Asked> questions) {}

  static Optional<Path> find() {
    String named = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    if (named != null) {
      return Optional.of(Path.of(named, "mem-locomo")).filter(Files::isDirectory);
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path data = folder.resolve("shared/data/mem-locomo");
      if (Files.isDirectory(data)) {
        return Optional.of(data);
      }
    }
    return Optional.empty();
  }

  static List<Sample> read(Path folder) {
    List<Sample> samples = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        for (JsonNode node : JsonMapper.shared().readTree(Files.readString(file))) {
          samples.add(sample(node));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return samples;
  }

  private static Sample sample(JsonNode node) {
    Set<String> turns = new LinkedHashSet<>();
    for (int session = 1;
        node.path("conversation").has("session_" + session + "_date_time");
        session++) {
      for (JsonNode turn : node.path("conversation").path("session_" + session)) {
        turns.add(turn.path("dia_id").asString(""));
      }
    }
    List<Asked> questions = new ArrayList<>();
    for (JsonNode asked : node.path("qa")) {
      Set<String> evidence = new LinkedHashSet<>();
      for (JsonNode piece : asked.path("evidence")) {
        Matcher ids = EVIDENCE.matcher(piece.asString(""));
        while (ids.find()) {
          if (turns.contains(ids.group())) {
            evidence.add(ids.group());
          }
        }
      }
      if (!evidence.isEmpty()) {
        questions.add(
            new Asked(
                asked.path("question").asString(""), asked.path("category").asInt(0), evidence));
      }
    }
    return new Sample(node.path("sample_id").asString(""), node, questions);
  }
}
