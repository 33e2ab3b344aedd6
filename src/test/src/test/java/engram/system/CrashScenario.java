package engram.system;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.JsonNode;

/// Kills the server with `kill -9` at random moments while documents are put, changed and deleted,
/// and then holds database, index and answers against what the server had acknowledged.
///
/// Every paragraph carries a word that stands nowhere else, so a search for it shows whether
/// exactly that paragraph of exactly that version is searchable.
public final class CrashScenario {
  private static final int DOCUMENTS = 12;
  private static final int PARAGRAPHS = 12;

  /// A word stands in two chunks at most, and a page holds fifty.
  private static final int WORDS_PER_SEARCH = 24;

  private static final Duration LIFE_MAX = Duration.ofMillis(2_500);

  private final Random random;
  private final long seed;
  private final RunningServer server;
  private final Map<String, Known> known = new HashMap<>();
  private final List<String> losses = new ArrayList<>();
  private String collection = "";
  private int edition;

  /// What may be true of a document: the acknowledged edition, or what was under way when the
  /// server died. 0 stands for "deleted or never there".
  private static final class Known {
    final List<Integer> possible = new ArrayList<>(List.of(0));

    /// The paragraphs of each edition, by number.
    final Map<Integer, List<String>> content = new HashMap<>(Map.of(0, List.of()));

    final Set<String> everWritten = new TreeSet<>();
  }

  public CrashScenario(Path dataFolder, long seed) {
    this.seed = seed;
    this.random = new Random(seed);
    this.server =
        RunningServer.start(
            dataFolder, List.of(), List.of("--engram.retrieval.ingestion.lease=2s"));
  }

  /// @param operations acknowledged operations in all
  /// @param losses one sentence for each thing that was lost, doubled or half visible
  public record Result(
      long seed, int kills, int killsWithLoss, long operations, List<String> losses) {}

  public Result run(int kills) {
    long operations = 0;
    int killsWithLoss = 0;
    try (server) {
      collection = server.admin().createCollection("crash");
      for (int kill = 0; kill < kills; kill++) {
        operations += workUntilKilled();
        server.restart();
        int before = losses.size();
        check("seed " + seed + ", kill " + kill);
        if (losses.size() > before) {
          killsWithLoss++;
        }
      }
    }
    return new Result(seed, kills, killsWithLoss, operations, List.copyOf(losses));
  }

  private long workUntilKilled() {
    AtomicBoolean killed = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Duration life = Duration.ofMillis(20 + random.nextLong(LIFE_MAX.toMillis()));
    Thread killer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                begun.await();
                Thread.sleep(life);
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
              killed.set(true);
              server.kill();
            });
    Api api = server.admin();
    long acknowledged = 0;
    // Half of the lives are cut short from the start on, half once the server has warmed up.
    boolean cold = random.nextBoolean();
    if (cold) {
      begun.countDown();
    }
    while (!killed.get()) {
      try {
        step(api);
        acknowledged++;
        begun.countDown();
      } catch (RuntimeException failure) {
        if (!killed.get()) {
          losses.add("an operation failed although the server lived: " + failure.getMessage());
        }
        break;
      }
    }
    join(killer);
    return acknowledged;
  }

  private void step(Api api) {
    String key = "doc-" + random.nextInt(DOCUMENTS) + ".txt";
    Known document = known.computeIfAbsent(key, unused -> new Known());
    int acknowledged = document.possible.getLast();
    if (acknowledged != 0 && random.nextInt(4) == 0) {
      document.possible.add(0);
      api.delete("/v1/files/" + fileId(api, key));
      settle(document, 0);
      return;
    }
    int next = ++edition;
    List<String> paragraphs = edit(document.content.get(acknowledged), key, next);
    document.content.put(next, paragraphs);
    document.everWritten.addAll(paragraphs);
    document.possible.add(next);
    String wait = random.nextBoolean() ? "?refresh=wait" : "";
    api.put(
        "/api/collections/" + collection + "/documents/" + key + wait,
        "text/plain; charset=utf-8",
        text(paragraphs).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    settle(document, next);
  }

  private static void settle(Known document, int edition) {
    document.possible.clear();
    document.possible.add(edition);
  }

  /// A few paragraphs of the last edition replaced, or all of them at first.
  private List<String> edit(List<String> last, String key, int edition) {
    List<String> paragraphs = new ArrayList<>(last);
    if (paragraphs.isEmpty()) {
      for (int index = 0; index < PARAGRAPHS; index++) {
        paragraphs.add(word(key, edition, index));
      }
      return paragraphs;
    }
    for (int change = 0; change <= random.nextInt(3); change++) {
      int index = random.nextInt(paragraphs.size());
      paragraphs.set(index, word(key, edition, index));
    }
    return paragraphs;
  }

  private static String word(String key, int edition, int index) {
    return "mark" + key.replaceAll("\\D", "") + "e" + edition + "p" + index + "x";
  }

  /// Each paragraph is long enough to become a chunk of its own or nearly so.
  private static String text(List<String> words) {
    StringBuilder text = new StringBuilder();
    for (String word : words) {
      text.append("# Section ").append(word).append("\n\n");
      for (int sentence = 0; sentence < 20; sentence++) {
        text.append("The buoy ")
            .append(sentence)
            .append(" reported ")
            .append(word)
            .append(" at sea. ");
      }
      text.append("\n\n");
    }
    return text.toString();
  }

  private void check(String when) {
    Api api = server.admin();
    JsonNode store = api.awaitIngested(collection, Duration.ofMinutes(2));
    int expectedDocuments = 0;
    for (var entry : known.entrySet()) {
      int found = checkDocument(api, when, entry.getKey(), entry.getValue());
      expectedDocuments += found == 0 ? 0 : 1;
    }
    int total = store.path("file_counts").path("total").asInt();
    if (total != expectedDocuments) {
      losses.add(
          when
              + ": the collection counts "
              + total
              + " documents, "
              + expectedDocuments
              + " are known");
    }
    checkIndexAgainstDatabase(api, when);
  }

  /// @return the edition that the server holds
  private int checkDocument(Api api, String when, String key, Known document) {
    Map<String, Integer> hits = hits(api, key, document.everWritten);
    String stored = storedText(api, key);
    for (int candidate : document.possible.reversed()) {
      List<String> words = document.content.get(candidate);
      boolean sameText = stored.equals(words.isEmpty() ? "" : text(words).strip());
      boolean sameIndex =
          document.everWritten.stream()
              .allMatch(word -> hits.get(word) > 0 == words.contains(word));
      if (sameText && sameIndex) {
        settle(document, candidate);
        document.everWritten.retainAll(words);
        return candidate;
      }
    }
    losses.add(
        when
            + ": "
            + key
            + " is none of editions "
            + document.possible
            + "; text of "
            + stored.length()
            + " characters, searchable "
            + hits);
    return stored.isEmpty() ? 0 : document.possible.getLast();
  }

  /// For each word, in how many searchable chunks it stands.
  private Map<String, Integer> hits(Api api, String key, Set<String> words) {
    Map<String, Integer> hits = new HashMap<>();
    words.forEach(word -> hits.put(word, 0));
    List<String> all = List.copyOf(words);
    for (int begin = 0; begin < all.size(); begin += WORDS_PER_SEARCH) {
      List<String> asked = all.subList(begin, Math.min(all.size(), begin + WORDS_PER_SEARCH));
      JsonNode page =
          api.search(collection, Map.of("query", String.join(" ", asked), "max_num_results", 50));
      Set<String> chunks = new TreeSet<>();
      for (JsonNode hit : page.path("data")) {
        String text = hit.path("content").path(0).path("text").asString();
        List<String> held = asked.stream().filter(text::contains).toList();
        held.forEach(word -> hits.merge(word, 1, Integer::sum));
        boolean doubled = !chunks.add(hit.path("engram").path("chunk_id").asString());
        if (!held.isEmpty() && (doubled || !hit.path("filename").asString().equals(key))) {
          losses.add("a hit for " + held + " is doubled or of another file: " + hit);
        }
      }
    }
    return hits;
  }

  private String storedText(Api api, String key) {
    String file = fileId(api, key);
    return file.isEmpty()
        ? ""
        : api.get("/api/files/" + file + "/text").path("text").asString().strip();
  }

  /// Empty when the collection does not hold the file.
  private String fileId(Api api, String key) {
    for (JsonNode document :
        api.get("/api/collections/" + collection + "/documents?limit=100").path("items")) {
      if (document.path("filename").asString().equals(key)) {
        return document.path("file_id").asString();
      }
    }
    return "";
  }

  private void checkIndexAgainstDatabase(Api api, String when) {
    long inDatabase = 0;
    for (JsonNode document :
        api.get("/api/collections/" + collection + "/documents?limit=100").path("items")) {
      inDatabase += document.path("chunk_count").asLong();
    }
    long inIndex = api.get("/api/index").path("index").path("chunks").asLong();
    if (inDatabase != inIndex) {
      losses.add(
          when + ": " + inIndex + " chunks in the index, " + inDatabase + " in the database");
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
