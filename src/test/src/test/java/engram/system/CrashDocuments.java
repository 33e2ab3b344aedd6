package engram.system;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Documents of one collection that are put, changed and deleted under keys of ours: short texts,
/// texts of up to two million characters, and Word documents.
///
/// Every paragraph carries a word that stands nowhere else, so a search for it shows whether
/// exactly that paragraph of exactly that version is searchable.
final class CrashDocuments {
  private static final List<String> SHORT =
      List.of("doc-0.txt", "doc-1.txt", "doc-2.txt", "doc-3.txt", "doc-4.txt", "doc-5.txt");
  private static final List<String> LONG = List.of("doc-6.txt", "doc-7.txt", "doc-8.docx");
  private static final int PARAGRAPHS = 12;
  private static final int LONG_PARAGRAPHS_MIN = 300;
  private static final int LONG_PARAGRAPHS_MAX = 2_000;

  /// A word stands in two chunks at most, and a page holds fifty.
  private static final int WORDS_PER_SEARCH = 24;

  private static final Pattern WORD = Pattern.compile("mark\\d+e\\d+p\\d+x");

  private final Random random;
  private final Consumer<String> losses;
  private final Map<String, Known> known = new TreeMap<>();
  private String collection = "";
  private int edition;

  /// What may be true of a document: the acknowledged edition, or what was under way when the
  /// server died. 0 stands for "deleted or never there".
  private static final class Known {
    final List<Integer> possible = new ArrayList<>(List.of(0));

    /// The words of each edition's paragraphs, by number.
    final Map<Integer, List<String>> content = new HashMap<>(Map.of(0, List.of()));

    final Set<String> everWritten = new TreeSet<>();

    void settle(int edition) {
      possible.clear();
      possible.add(edition);
      content.keySet().removeIf(other -> other != 0 && other != edition);
    }
  }

  CrashDocuments(Random random, Consumer<String> losses) {
    this.random = random;
    this.losses = losses;
  }

  void begin(Api api) {
    collection = api.createCollection("crash");
  }

  void step(Api api) {
    List<String> keys = random.nextInt(5) == 0 ? LONG : SHORT;
    String key = keys.get(random.nextInt(keys.size()));
    Known document = known.computeIfAbsent(key, unused -> new Known());
    int acknowledged = document.possible.getLast();
    if (acknowledged != 0 && random.nextInt(4) == 0) {
      document.possible.add(0);
      api.delete("/v1/files/" + fileId(api, key));
      document.settle(0);
      return;
    }
    int next = ++edition;
    List<String> words = edit(document.content.get(acknowledged), key, next);
    document.content.put(next, words);
    document.everWritten.addAll(words);
    document.possible.add(next);
    String wait = random.nextBoolean() ? "?refresh=wait" : "";
    boolean isWord = key.endsWith(".docx");
    api.put(
        "/api/collections/" + collection + "/documents/" + key + wait,
        isWord ? WordDocument.MEDIA_TYPE : "text/plain; charset=utf-8",
        isWord ? WordDocument.of(sections(words)) : text(words).getBytes(StandardCharsets.UTF_8));
    document.settle(next);
  }

  /// A few paragraphs of the last edition replaced, or all of them at first.
  private List<String> edit(List<String> last, String key, int edition) {
    List<String> words = new ArrayList<>(last);
    if (words.isEmpty()) {
      int count =
          SHORT.contains(key)
              ? PARAGRAPHS
              : random.nextInt(LONG_PARAGRAPHS_MIN, LONG_PARAGRAPHS_MAX);
      for (int index = 0; index < count; index++) {
        words.add(word(key, edition, index));
      }
      return words;
    }
    int changes = 1 + random.nextInt(words.size() / 4);
    for (int change = 0; change < changes; change++) {
      int index = random.nextInt(words.size());
      words.set(index, word(key, edition, index));
    }
    return words;
  }

  private static String word(String key, int edition, int index) {
    return "mark" + key.replaceAll("\\D", "") + "e" + edition + "p" + index + "x";
  }

  private static String text(List<String> words) {
    StringBuilder text = new StringBuilder();
    sections(words)
        .forEach((heading, body) ->
            text.append("# ").append(heading).append("\n\n").append(body).append("\n\n"));
    return text.toString();
  }

  /// By heading. Each is long enough to become a chunk of its own or nearly so.
  private static Map<String, String> sections(List<String> words) {
    Map<String, String> sections = new LinkedHashMap<>();
    for (String word : words) {
      StringBuilder body = new StringBuilder();
      for (int sentence = 0; sentence < 20; sentence++) {
        body.append("The buoy ")
            .append(sentence)
            .append(" reported ")
            .append(word)
            .append(" at sea. ");
      }
      sections.put("Section " + word, body.toString());
    }
    return sections;
  }

  void check(Api api, String when) {
    int expected = 0;
    for (var entry : known.entrySet()) {
      int found = checkDocument(api, when, entry.getKey(), entry.getValue());
      expected += found == 0 ? 0 : 1;
    }
    JsonNode counts = api.get("/v1/vector_stores/" + collection).path("file_counts");
    if (counts.path("completed").asInt() != expected || counts.path("total").asInt() != expected) {
      losses.accept(
          when + ": the collection counts " + counts + ", and " + expected + " are known");
    }
  }

  /// @return the edition that the server holds
  private int checkDocument(Api api, String when, String key, Known document) {
    Map<String, Integer> hits = hits(api, when, key, document.everWritten);
    String stored = storedText(api, key);
    for (int candidate : document.possible.reversed()) {
      List<String> words = document.content.get(candidate);
      Set<String> held = new TreeSet<>(words);
      boolean sameIndex =
          document.everWritten.stream().allMatch(word -> hits.get(word) > 0 == held.contains(word));
      if (sameIndex && sameText(key, stored, words)) {
        document.settle(candidate);
        document.everWritten.retainAll(held);
        return candidate;
      }
    }
    losses.accept(
        when
            + ": "
            + key
            + " is none of editions "
            + document.possible
            + "; text of "
            + stored.length()
            + " characters, of editions' words there are searchable "
            + hits.values().stream().filter(count -> count > 0).count()
            + " of "
            + hits.size());
    return stored.isEmpty() ? 0 : document.possible.getLast();
  }

  private static boolean sameText(String key, String stored, List<String> words) {
    if (!key.endsWith(".docx")) {
      return stored.equals(text(words).strip());
    }
    Set<String> inOrder =
        new LinkedHashSet<>(WORD.matcher(stored).results().map(MatchResult::group).toList());
    return List.copyOf(inOrder).equals(words);
  }

  /// For each word, in how many searchable chunks it stands.
  private Map<String, Integer> hits(Api api, String when, String key, Set<String> words) {
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
          losses.accept(when + ": a hit for " + held + " is doubled or of another file: " + hit);
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
}
