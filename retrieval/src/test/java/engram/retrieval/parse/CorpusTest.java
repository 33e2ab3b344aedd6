package engram.retrieval.parse;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.chunk.Chunk;
import engram.retrieval.chunk.StructuralChunker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// All 212 documents of two parsers' own test suites, through forked workers.
class CorpusTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path temporary;

  @Test
  void everyRequiredStringOfTikasDocumentsIsFoundOrListedWithItsReason() throws IOException {
    Path folder = SharedData.folder("docs-tika");
    List<String> missing = new ArrayList<>();
    Map<String, String> failures = new TreeMap<>();
    int total = 0;
    int found = 0;
    try (ForkedParser parser = parser()) {
      for (JsonNode document : JSON.readTree(folder.resolve("expected.json").toFile())) {
        String file = document.get("file").asString();
        ParseOutcome outcome = parse(parser, folder.resolve("files").resolve(file));
        String text = "";
        if (outcome instanceof ParseOutcome.Failed(FailureCode code, String message)) {
          assertThat(message).as(file).isNotBlank();
          failures.put(file, code.id());
        } else if (outcome instanceof ParseOutcome.Parsed(Extraction extraction)) {
          checkChunks(file, extraction);
          text = folded(extraction.title() + " " + extraction.text());
        }
        for (String kind : List.of("contains", "title")) {
          for (JsonNode required : document.get("expect").path(kind)) {
            total++;
            if (text.contains(folded(required.asString()))) {
              found++;
            } else {
              missing.add(file + " | " + required.asString());
            }
          }
        }
      }
    }
    System.out.printf("docs-tika: %d of %d required strings found%n", found, total);
    System.out.println(failures);
    assertThat(missing).containsExactlyInAnyOrderElementsOf(ExpectedMisses.STRINGS.keySet());
  }

  @Test
  void nearlyEveryWordOfDoclingsReferencesIsFound() throws IOException {
    Path folder = SharedData.folder("docs-docling");
    double sum = 0;
    int count = 0;
    try (ForkedParser parser = parser()) {
      for (JsonNode document : JSON.readTree(folder.resolve("manifest.json").toFile())) {
        String file = document.get("file").asString();
        ParseOutcome outcome =
            parse(parser, folder.resolve(document.get("format").asString()).resolve(file));
        switch (outcome) {
          case ParseOutcome.Failed(FailureCode code, String message) ->
              // Four scans; nothing else may fail.
              assertThat(file + " " + code.id()).matches("ocr_test.*\\.pdf no_text");
          case ParseOutcome.Parsed(Extraction extraction) -> {
            checkChunks(file, extraction);
            JsonNode reference = document.path("reference_markdown_local");
            if (reference.isString()) {
              double recall =
                  recall(Files.readString(folder.resolve(reference.asString())), extraction.text());
              sum += recall;
              count++;
              double floor = ExpectedMisses.RECALL_BELOW_95.containsKey(file) ? 0.5 : 0.95;
              if (recall < 0.95) {
                System.out.printf(
                    "%s recall %.3f, missing %s%n",
                    file,
                    recall,
                    absent(
                        Files.readString(folder.resolve(reference.asString())), extraction.text()));
              }
              assertThat(recall).as(file).isGreaterThanOrEqualTo(floor);
            }
          }
        }
      }
    }
    assertThat(sum / count).isGreaterThan(0.97);
    System.out.printf("docs-docling: mean word recall %.4f over %d%n", sum / count, count);
  }

  private ForkedParser parser() {
    return new ForkedParser(WorkerSettings.DEFAULT.withTemporary(temporary));
  }

  private static ParseOutcome parse(ForkedParser parser, Path file) {
    return parser.parse(
        file,
        file.getFileName().toString(),
        null,
        ParseLimits.DEFAULT,
        ParseProgress.NONE,
        () -> false);
  }

  private static void checkChunks(String file, Extraction extraction) {
    for (StructuralChunker chunker :
        List.of(StructuralChunker.AUTO, new StructuralChunker(100, 50))) {
      List<Chunk> chunks = chunker.chunk(extraction);
      int covered = 0;
      int start = -1;
      for (Chunk chunk : chunks) {
        assertThat(chunk.tokens()).as(file).isLessThanOrEqualTo(chunker.maxTokens());
        assertThat(chunk.start()).as(file).isGreaterThan(start);
        assertThat(chunk.end()).as(file).isGreaterThan(covered);
        assertThat(Character.isLowSurrogate(extraction.text().charAt(chunk.start()))).isFalse();
        for (int i = covered; i < chunk.start(); i++) {
          int at = i;
          assertThat(
                  extraction.blocks().stream()
                      .filter(b -> b.start() <= at && at < b.end())
                      .allMatch(b -> isSpace(extraction.text().charAt(at))))
              .as(file + " at " + i + " of " + extraction.text().length())
              .isTrue();
        }
        start = chunk.start();
        covered = chunk.end();
      }
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || c == '\u00a0' || c == '\ufeff' || c == '\u200b' || c < ' ';
  }

  private static String folded(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC)
        .replace(" | ", " ")
        .replaceAll("[\\s\\p{Z}]+", " ")
        .strip();
  }

  private static double recall(String reference, String text) {
    Map<String, Integer> have = words(text);
    int total = 0;
    int hit = 0;
    for (Map.Entry<String, Integer> word :
        words(
                reference
                    .replaceAll("&amp;", "&")
                    .replaceAll("&[lg]t;", " ")
                    .replaceAll("<!--.*?-->|\\]\\([^)]*\\)", " ")
                    .replace("\\_", "_"))
            .entrySet()) {
      // Distinct words: the references repeat a merged cell in every cell that it covers.
      total++;
      hit += have.containsKey(word.getKey()) ? 1 : 0;
    }
    return total == 0 ? 1 : (double) hit / total;
  }

  private static List<String> absent(String reference, String text) {
    Map<String, Integer> have = words(text);
    return words(reference).keySet().stream().filter(w -> !have.containsKey(w)).limit(12).toList();
  }

  private static Map<String, Integer> words(String text) {
    Map<String, Integer> words = new HashMap<>();
    for (String word :
        Normalizer.normalize(text, Normalizer.Form.NFKC)
            .toLowerCase(Locale.ROOT)
            .split("[^\\p{L}\\p{N}]+")) {
      if (!word.isEmpty()) {
        words.merge(word, 1, Integer::sum);
      }
    }
    return words;
  }
}
