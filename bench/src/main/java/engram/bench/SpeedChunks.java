package engram.bench;

import engram.system.Api;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;

/// A collection of a running server that grows, and what the server made of it.
///
/// Of a hundred documents all are for `all`, every second for `half`, every tenth for `tenth`, and
/// so on; nobody else reads them.
final class SpeedChunks {
  private static final int PASSAGES = 500;
  private static final int CLIENTS = 4;
  private static final int PAGE = 100;

  /// Who reads which share of the documents.
  enum Share {
    ALL(1),
    HALF(2),
    TENTH(10),
    HUNDREDTH(100),
    THOUSANDTH(1_000);

    final int everyNth;

    Share(int everyNth) {
      this.everyNth = everyNth;
    }

    String principal() {
      return "group:" + name().toLowerCase(java.util.Locale.ROOT);
    }

    boolean reads(int document) {
      return document % everyNth == 0;
    }
  }

  /// @param id the server's
  /// @param document its number
  /// @param embedded what the model was given of it
  record Chunk(long id, int document, String text, String embedded) {}

  private final Api api;
  private final SpeedCorpus corpus;
  private final String collection;
  private final List<Chunk> chunks = new ArrayList<>();
  private int documents;

  SpeedChunks(Api api, SpeedCorpus corpus) {
    this(api, corpus, api.createCollection("speed"));
  }

  private SpeedChunks(Api api, SpeedCorpus corpus, String collection) {
    this.api = api;
    this.corpus = corpus;
    this.collection = collection;
  }

  /// What another run has grown.
  static SpeedChunks kept(Api api, SpeedCorpus corpus, String collection, int documents) {
    SpeedChunks kept = new SpeedChunks(api, corpus, collection);
    kept.documents = documents;
    kept.fetch(0, documents);
    return kept;
  }

  String collection() {
    return collection;
  }

  int documents() {
    return documents;
  }

  List<Chunk> chunks() {
    return chunks;
  }

  /// Adds documents until there are so many chunks.
  ///
  /// @return the time until all were searchable
  Duration growTo(int wanted) {
    Duration took = Duration.ZERO;
    while (chunks.size() < wanted) {
      int first = documents;
      double perDocument = documents == 0 ? PASSAGES : (double) chunks.size() / documents;
      int more = (int) Math.ceil((wanted - chunks.size()) / perDocument);
      long begin = System.nanoTime();
      upload(first, more);
      api.awaitIngested(collection, Duration.ofHours(3));
      took = took.plusNanos(System.nanoTime() - begin);
      fetch(first, documents);
    }
    return took;
  }

  private void upload(int first, int more) {
    List<String> texts = new ArrayList<>();
    for (int from = first; from < first + more; from += CLIENTS) {
      texts.clear();
      int to = Math.min(first + more, from + CLIENTS);
      for (int document = from; document < to; document++) {
        texts.add(corpus.document(PASSAGES));
      }
      for (int document = from; document < to; document++) {
        api.put(
            path(document) + "?readers=" + readers(document),
            "text/plain; charset=utf-8",
            texts.get(document - from).getBytes(StandardCharsets.UTF_8));
      }
      documents = to;
    }
  }

  private String path(int document) {
    return "/api/collections/" + collection + "/documents/d" + document + ".txt";
  }

  private static String readers(int document) {
    List<String> readers = new ArrayList<>();
    for (Share share : Share.values()) {
      if (share.reads(document)) {
        readers.add(Api.encode(share.principal()));
      }
    }
    return String.join(",", readers);
  }

  private void fetch(int from, int to) {
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<List<Chunk>>> running = new ArrayList<>();
      for (int document = from; document < to; document++) {
        int number = document;
        running.add(clients.submit(() -> fetch(number)));
      }
      for (Future<List<Chunk>> one : running) {
        chunks.addAll(one.get());
      }
    } catch (InterruptedException | java.util.concurrent.ExecutionException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private List<Chunk> fetch(int document) {
    List<Chunk> found = new ArrayList<>();
    JsonNode page;
    do {
      page = api.get(path(document) + "/chunks?limit=" + PAGE + "&after=" + found.size());
      for (JsonNode item : page.path("items")) {
        String text = item.path("text").asString();
        String head = head(item.path("source"));
        found.add(new Chunk(item.path("chunk_id").asLong(), document, text, head + text));
      }
    } while (page.path("has_more").asBoolean());
    return found;
  }

  private static String head(JsonNode source) {
    StringBuilder head = new StringBuilder();
    if (!source.path("title").asString("").isBlank()) {
      head.append(source.path("title").asString()).append('\n');
    }
    List<String> headings = new ArrayList<>();
    source.path("heading_path").forEach(heading -> headings.add(heading.asString()));
    return headings.isEmpty() ? head.toString() : head + String.join(" › ", headings) + "\n";
  }
}
