package engram.retrieval.library;

import engram.retrieval.Indexing;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// An index that keeps only which chunks of which documents it was told of.
public final class RememberingIndex implements Indexing {
  private final Store store;
  private final Map<Long, Set<Long>> chunks = new TreeMap<>();
  private long applied;

  /// Never applies anything while set.
  public volatile boolean stuck;

  public RememberingIndex(Store store) {
    this.store = store;
  }

  @Override
  public synchronized boolean applyNext() {
    long before = applied;
    if (!stuck) {
      store
          .transactions()
          .inSystem(() -> {
            store
                .sql()
                .sql("select * from index_changes where seq > :applied order by seq")
                .param("applied", applied)
                .query(row -> {
                  Set<Long> of =
                      chunks.computeIfAbsent(row.getLong("document_id"), id -> new HashSet<>());
                  if (row.getBoolean("drop_document")) {
                    of.clear();
                  }
                  of.addAll(Set.of((Long[]) row.getArray("added").getArray()));
                  of.removeAll(Set.of((Long[]) row.getArray("removed").getArray()));
                  if (row.getLong("seq") != applied + 1) {
                    throw new AssertionError("a gap after change " + applied);
                  }
                  applied = row.getLong("seq");
                });
          });
    }
    return applied > before;
  }

  public synchronized boolean contains(long documentId) {
    return !chunks.getOrDefault(documentId, Set.of()).isEmpty();
  }

  public synchronized Set<Long> chunksOf(long documentId) {
    return Set.copyOf(chunks.getOrDefault(documentId, Set.of()));
  }

  @Override
  public synchronized long appliedSeq() {
    return applied;
  }

  @Override
  public boolean awaitApplied(long seq, Duration timeout) {
    applyNext();
    return appliedSeq() >= seq;
  }

  @Override
  public void awaitSignal(Duration timeout) {}

  @Override
  public void signal() {}

  @Override
  public long prune(long kept) {
    return 0;
  }

  @Override
  public void commit() {}

  @Override
  public void rebuild(Consumer<Progress> progress) {}

  @Override
  public State state() {
    return new State(applied, applied, 0, 0, 0, 0, false);
  }
}
