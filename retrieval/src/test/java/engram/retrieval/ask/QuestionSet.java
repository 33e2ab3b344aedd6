package engram.retrieval.ask;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One of the public question sets in SQuAD's layout.
record QuestionSet(String name, List<Paragraph> paragraphs, List<Asked> questions) {
  record Paragraph(String article, String text) {}

  /// @param gold `[start, end)` of each gold answer in its paragraph; empty when there is none
  record Asked(String article, int paragraph, String text, List<int[]> gold) {
    boolean answerable() {
      return !gold.isEmpty();
    }

    /// Whole articles go to one half or the other, in every language to the same.
    boolean forFitting() {
      CRC32 crc = new CRC32();
      crc.update(article.getBytes(StandardCharsets.UTF_8));
      return crc.getValue() % 2 == 0;
    }
  }

  static final List<String> LANGUAGES =
      List.of("en", "es", "de", "el", "ru", "tr", "ar", "vi", "zh");

  static QuestionSet squad(Path data) {
    return read("squad2", data.resolve("qa-squad2/dev-v2.0.half.shared.json"));
  }

  static QuestionSet xquad(Path data, String language) {
    return read("xquad." + language, data.resolve("qa-xquad/xquad." + language + ".shared.json"));
  }

  /// The folder of shared test data, where this machine has one.
  static Optional<Path> data() {
    String named = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    if (named != null) {
      return Optional.of(Path.of(named)).filter(Files::isDirectory);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      for (Path folder : List.of(at.resolve("shared/data"), at.resolveSibling("shared/data"))) {
        if (Files.isDirectory(folder.resolve("qa-squad2"))) {
          return Optional.of(folder);
        }
      }
    }
    return Optional.empty();
  }

  private static QuestionSet read(String name, Path file) {
    List<Paragraph> paragraphs = new ArrayList<>();
    List<Asked> questions = new ArrayList<>();
    for (JsonNode article : JsonMapper.shared().readTree(file.toFile()).get("data")) {
      String title = article.get("title").asString();
      for (JsonNode paragraph : article.get("paragraphs")) {
        String text = paragraph.get("context").asString();
        for (JsonNode question : paragraph.get("qas")) {
          List<int[]> gold = new ArrayList<>();
          for (JsonNode answer : question.get("answers")) {
            // Offsets count code points.
            int start = text.offsetByCodePoints(0, answer.get("answer_start").asInt());
            gold.add(new int[] {start, start + answer.get("text").asString().length()});
          }
          questions.add(
              new Asked(title, paragraphs.size(), question.get("question").asString(), gold));
        }
        paragraphs.add(new Paragraph(title, text));
      }
    }
    return new QuestionSet(name, paragraphs, questions);
  }
}
