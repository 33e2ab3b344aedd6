package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A public question set in SQuAD's layout.
record QuestionSet(String name, List<String> paragraphs, List<Asked> questions) {
  /// @param golds every gold answer's text; empty when the question has none
  record Asked(String article, int paragraph, String text, List<String> golds) {
    boolean answerable() {
      return !golds.isEmpty();
    }

    /// The weights of the extractive answerer were fitted on the articles whose CRC-32 is even;
    /// only the others are reported.
    boolean heldOut() {
      CRC32 crc = new CRC32();
      crc.update(article.getBytes(StandardCharsets.UTF_8));
      return crc.getValue() % 2 != 0;
    }
  }

  static QuestionSet read(String name, Path file) {
    List<String> paragraphs = new ArrayList<>();
    List<Asked> questions = new ArrayList<>();
    for (JsonNode article : json(file).path("data")) {
      for (JsonNode paragraph : article.path("paragraphs")) {
        for (JsonNode question : paragraph.path("qas")) {
          List<String> golds = new ArrayList<>();
          question.path("answers").forEach(answer -> golds.add(answer.path("text").asString()));
          questions.add(
              new Asked(
                  article.path("title").asString(),
                  paragraphs.size(),
                  question.path("question").asString(),
                  golds));
        }
        paragraphs.add(paragraph.path("context").asString());
      }
    }
    return new QuestionSet(name, List.copyOf(paragraphs), List.copyOf(questions));
  }

  private static JsonNode json(Path file) {
    try {
      return JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
