package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.cli.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A collection with vectors is calibrated: here they know better than the words, so these are to
/// weigh less.
class HybridCalibrationTest {
  private static final List<String> COMMON =
      List.of("amber", "birch", "cedar", "damson", "elder", "fennel");
  private static final int QUERIES = 12;
  private static final int FILLERS = 60;

  private final ModelWorld world = ModelWorld.shared().behave();
  private final Api api = world.api;

  @TempDir Path folder;

  /// A query is four common words and a rare one. The document that is meant has the four alone,
  /// which is near; one that has the rare word is what BM25 finds first, whatever its constants,
  /// and many have the common words more often.
  @Test
  void theWeightOfWordsIsFoundByTheCommandAndHoldsInSearches() throws IOException {
    String collection = api.createCollection("to be calibrated with vectors");
    StringBuilder queries = new StringBuilder();
    StringBuilder judgements = new StringBuilder();
    for (int number = 0; number < QUERIES; number++) {
      List<String> four = fourOf(number);
      List<String> others = COMMON.stream().filter(word -> !four.contains(word)).toList();
      String rare = "rare" + number;
      put(collection, "meant-" + number, String.join(" ", four));
      put(
          collection,
          "other-" + number,
          String.join(" ", rare, four.get(0), four.get(1), others.get(0), others.get(1)));
      queries.append(
          "{\"_id\":\"%d\",\"text\":\"%s %s\"}\n".formatted(number, String.join(" ", four), rare));
      judgements.append("%d\tmeant-%d.txt\t1\n".formatted(number, number));
    }
    for (int number = 0; number < FILLERS; number++) {
      String all = String.join(" ", COMMON);
      put(collection, "filler-" + number, all + " " + all + noise(number));
    }
    api.awaitIngested(collection, Duration.ofMinutes(2));
    Files.writeString(folder.resolve("queries.jsonl"), queries);
    Files.writeString(folder.resolve("qrels.tsv"), judgements);

    String calibration = "/api/collections/" + collection + "/calibration";
    api.put(
        calibration, "application/json", "{\"text_weight\": 0.8}".getBytes(StandardCharsets.UTF_8));
    awaitCalibration();
    int before = meantFirst(collection);

    String said = calibrate(collection);
    JsonNode stored = api.get(calibration);
    assertThat(stored.path("calibrated").booleanValue()).as(said).isTrue();
    assertThat(stored.path("text_weight").doubleValue()).as(said).isLessThan(0.5);
    awaitCalibration();
    assertThat(meantFirst(collection)).as("of %d, by: %s", QUERIES, said).isGreaterThan(before);
  }

  /// Searches hear of another calibration after `engram.retrieval.search.collection-ttl`, a second
  /// unless it is set.
  private static void awaitCalibration() {
    LockSupport.parkNanos(Duration.ofMillis(1_200).toNanos());
  }

  /// For how many queries what is meant comes first.
  private int meantFirst(String collection) {
    int found = 0;
    for (int number = 0; number < QUERIES; number++) {
      String query = String.join(" ", fourOf(number)) + " rare" + number;
      found += first(collection, query).equals("meant-" + number + ".txt") ? 1 : 0;
    }
    return found;
  }

  /// A different one for each number below 15.
  private static List<String> fourOf(int number) {
    int seen = 0;
    for (int one = 0; one < COMMON.size(); one++) {
      for (int two = one + 1; two < COMMON.size(); two++) {
        if (seen++ == number) {
          String without = COMMON.get(one);
          String norThis = COMMON.get(two);
          return COMMON.stream()
              .filter(word -> !word.equals(without) && !word.equals(norThis))
              .toList();
        }
      }
    }
    throw new IllegalArgumentException("number " + number);
  }

  private static String noise(int number) {
    StringBuilder words = new StringBuilder();
    for (int word = 0; word < 10; word++) {
      words.append(" noise").append(number * 10 + word);
    }
    return words.toString();
  }

  private void put(String collection, String name, String text) {
    api.put(
        "/api/collections/" + collection + "/documents/" + name + ".txt",
        "text/plain",
        text.getBytes(StandardCharsets.UTF_8));
  }

  private String calibrate(String collection) {
    var bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      int status =
          Commands.run(
              "eval",
              List.of(
                  folder.toString(),
                  "--collection",
                  collection,
                  "--calibrate",
                  "--url",
                  world.server.url(),
                  "--key",
                  world.server.adminKey()),
              out,
              out);
      String said = bytes.toString(StandardCharsets.UTF_8);
      assertThat(status).as(said).isZero();
      return said;
    }
  }

  private String first(String collection, String query) {
    return api.post("/api/collections/" + collection + "/search", java.util.Map.of("query", query))
        .path("hits")
        .path(0)
        .path("source")
        .path("filename")
        .asString();
  }
}
