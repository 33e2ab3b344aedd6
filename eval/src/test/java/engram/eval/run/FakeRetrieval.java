package engram.eval.run;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.AskRequest;
import engram.retrieval.Chunking;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.StoredFile;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/// One collection, `vs_1`, whose documents are two chunks each and whose searches are written down:
/// a query finds the documents that it names, parted by blanks, in this order, or, with the text
/// weight 0, in the opposite one.
final class FakeRetrieval implements Retriever {
  static final String COLLECTION = "vs_1";
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  final Map<String, Integer> searches = new ConcurrentHashMap<>();
  final Set<String> unreadable = ConcurrentHashMap.newKeySet();
  final AtomicReference<Runnable> beforeSearch = new AtomicReference<>(() -> {});
  private final Map<String, Document> documents = new LinkedHashMap<>();

  /// Its file's id is `file-<key>`, its name `<key>.txt`, its attribute `code` is `<key>`.
  void add(String key) {
    documents.put(
        key,
        new Document(
            documents.size() + 1,
            COLLECTION,
            "file-" + key,
            key + ".txt",
            1,
            DocumentStatus.COMPLETED,
            null,
            Map.of("code", key),
            Set.of(),
            (Chunking) null,
            null,
            "text/plain",
            "en",
            0,
            2,
            10,
            List.of(),
            null,
            NOW,
            NOW));
  }

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    beforeSearch.get().run();
    String query = request.queries().getFirst();
    searches.merge(query, 1, Integer::sum);
    List<Hit> hits = new ArrayList<>();
    for (String key : query.split(" ")) {
      if (documents.containsKey(key) && !unreadable.contains(key)) {
        hits.add(request.weights().text() == 0 ? 0 : hits.size(), hit(documents.get(key), 0));
        hits.add(hit(documents.get(key), 1));
      }
    }
    int from = Math.min(request.offset(), hits.size());
    int to = Math.min(hits.size(), from + request.limit());
    return new SearchPage(hits.subList(from, to), to < hits.size(), List.of("vectors: off"));
  }

  private static Hit hit(Document document, int chunk) {
    Source source =
        new Source(
            COLLECTION,
            document.fileId(),
            document.filename(),
            1,
            null,
            List.of(),
            0,
            0,
            List.of(),
            new Span(0, 5));
    return new Hit(
        document.id() * 10 + chunk,
        document.id(),
        source,
        "text of " + document.fileId(),
        3,
        document.attributes(),
        0.5,
        List.of(),
        null);
  }

  private static final Answer.Context PACKED =
      new Answer.Context(AskRequest.Packing.EDGES, 3, "estimate", List.of(), List.of());

  /// Quotes the first document that it finds.
  Answer answer(Access access, AskRequest request) {
    SearchPage found = search(access, request.search());
    if (found.hits().isEmpty()) {
      return new Answer.Unsupported(
          "Nothing.",
          List.of(),
          0.9,
          found,
          PACKED,
          new Answer.Usage(0, 0),
          Answer.FinishReason.STOP);
    }
    Hit best = found.hits().getFirst();
    String text = best.text();
    if (request.mode() == AskRequest.Mode.GENERATIVE) {
      return invented(best, found);
    }
    var citation =
        new Answer.Citation(
            new Span(0, text.length()), best.source(), best.chunkId(), text, List.of(), List.of());
    return new Answer.Extractive(
        text, List.of(citation), 0.8, found, PACKED, new Answer.Usage(0, 0));
  }

  /// Says three sentences: what the hit says, cited; an invention, cited; another, not cited.
  private static Answer invented(Hit best, SearchPage found) {
    String quote = best.text();
    String text = quote + ". The moon is green. Nobody knows it.";
    int second = text.indexOf("The moon");
    return new Answer.Generated(
        text,
        List.of(
            cited(best, 0, second - 1),
            cited(best, second, second + "The moon is green.".length())),
        List.of(),
        0,
        "inventor",
        found,
        PACKED,
        new Answer.Usage(0, 0),
        Answer.FinishReason.STOP);
  }

  private static Answer.Citation cited(Hit hit, int start, int end) {
    return new Answer.Citation(
        new Span(start, end), hit.source(), hit.chunkId(), hit.text(), List.of(), List.of());
  }

  /// The few questions that evaluations have for a library.
  Library library() {
    return (Library)
        Proxy.newProxyInstance(
            Library.class.getClassLoader(),
            new Class<?>[] {Library.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "checkCollection" -> checkCollection((String) args[1]);
                  case "fileByKey" -> file((String) args[1]);
                  case "document" -> document((String) args[2]);
                  case "documents" -> new Page<>(readable(), false);
                  default -> throw new IllegalStateException("not expected: " + method);
                });
  }

  private static Object checkCollection(String id) {
    if (!id.equals(COLLECTION)) {
      throw new NotFoundException("collection", id);
    }
    return null;
  }

  private StoredFile file(String key) {
    if (!documents.containsKey(key)) {
      throw new NotFoundException("file", key);
    }
    return new StoredFile(
        "file-" + key, key, key + ".txt", "x", null, 1, "00", 10, "key_1", NOW, null);
  }

  private Document document(String file) {
    return readable().stream()
        .filter(document -> document.fileId().equals(file))
        .findFirst()
        .orElseThrow(() -> new NotFoundException("document", file));
  }

  private List<Document> readable() {
    return documents.entrySet().stream()
        .filter(entry -> !unreadable.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }
}
