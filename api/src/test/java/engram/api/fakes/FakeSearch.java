package engram.api.fakes;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.Document;
import engram.retrieval.Explanation;
import engram.retrieval.Hit;
import engram.retrieval.Indexing;
import engram.retrieval.Page;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Finds every document of the collections asked for, in order, and answers with the first one's
/// text. Remembers what it was asked.
public final class FakeSearch implements Retriever, Answerer, Indexing {
  public static final String NOTHING = "Nothing here answers that.";

  private static final Answer.Context CONTEXT =
      new Answer.Context(AskRequest.Packing.EDGES, 9, "o200k_base", List.of(), List.of());

  public volatile SearchRequest lastSearch;
  public volatile AskRequest lastAsk;

  /// Thrown after the first words of the next answer.
  public volatile RuntimeException breakOff;

  /// Whether it says that a model writes.
  public volatile boolean generative;

  private final FakeLibrary library;

  private final Semaphore signals = new Semaphore(0);

  public FakeSearch(FakeLibrary library) {
    this.library = library;
  }

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    lastSearch = request;
    List<Hit> hits = new ArrayList<>();
    for (String collection : request.collections()) {
      for (Document one :
          library
              .documents(access, collection, null, new Page.Cursor(100, true, null, null))
              .items()) {
        if (request.filter() == null || request.filter().matches(one.attributes())) {
          hits.add(explained(FakeLibrary.hit(one, library.text(access, one.fileId(), 0)), request));
        }
      }
    }
    int from = Math.min(request.offset(), hits.size());
    int to = Math.min(hits.size(), from + request.limit());
    return new SearchPage(hits.subList(from, to), to < hits.size(), List.of("vectors: off"));
  }

  private static Hit explained(Hit hit, SearchRequest request) {
    return request.explain()
        ? new Hit(
            hit.chunkId(),
            hit.documentId(),
            hit.source(),
            hit.text(),
            hit.tokens(),
            hit.attributes(),
            hit.score(),
            hit.highlights(),
            new Explanation("fused", hit.score(), List.of()))
        : hit;
  }

  @Override
  public Answer ask(Access access, AskRequest request, AnswerListener listener) {
    SearchPage found = search(access, request.search());
    lastAsk = request;
    listener.onPassages(found);
    if (found.hits().isEmpty()) {
      listener.onText(NOTHING);
      return new Answer.Unsupported(
          NOTHING,
          List.of("unicorns"),
          0.9,
          found,
          CONTEXT,
          new Answer.Usage(0, 0),
          Answer.FinishReason.STOP);
    }
    Hit best = found.hits().getFirst();
    String text = best.text();
    int half = text.length() / 2;
    listener.onText(text.substring(0, half));
    RuntimeException failure = breakOff;
    breakOff = null;
    if (failure != null) {
      throw failure;
    }
    listener.onText(text.substring(half));
    var citation =
        new Answer.Citation(
            new Span(0, text.length()),
            best.source(),
            best.chunkId(),
            text,
            List.of(),
            best.flags());
    return new Answer.Extractive(
        text, List.of(citation), 0.8, found, CONTEXT, new Answer.Usage(12, 5));
  }

  @Override
  public boolean generative() {
    return generative;
  }

  @Override
  public boolean applyNext() {
    return false;
  }

  @Override
  public void awaitSignal(Duration timeout) throws InterruptedException {
    if (signals.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      signals.drainPermits();
    }
  }

  @Override
  public void signal() {
    signals.release();
  }

  @Override
  public long prune(long kept) {
    return 0;
  }

  @Override
  public void commit() {}

  @Override
  public long appliedSeq() {
    return 1;
  }

  @Override
  public boolean awaitApplied(long seq, Duration timeout) {
    return true;
  }

  @Override
  public void rebuild(Consumer<Indexing.Progress> progress) {
    progress.accept(new Indexing.Progress(3, 3));
  }

  @Override
  public State state() {
    return new State(1, 1, 0, 3, 100, 0, false);
  }
}
