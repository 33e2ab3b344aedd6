package engram.memory.index;

import engram.db.Transactions;
import engram.memory.Event;
import engram.memory.MemoryIndexing;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Keeps the index up with the logs of all tenants, one after the other, in steps of one read each.
///
/// An event that is put again replaces itself, so a crash costs what was taken up since the last
/// commit and nothing is lost or doubled. A database that has gone back to an earlier state is
/// noticed by its numbers; the index then starts again.
public final class LogFollower implements MemoryIndexing, Closeable {
  private static final int STEP = 1_000;
  private static final int VECTORS_AT_ONCE = 128;

  private final Transactions plain;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventRows events;
  private final Path folder;
  private final @Nullable Meanings meanings;
  private final ReentrantLock applying = new ReentrantLock();
  private volatile EventIndex index;
  private boolean closed;

  /// Whether the present step took something out; under the lock.
  private boolean removed;

  private LogFollower(
      Path folder,
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      @Nullable Meanings meanings) {
    this.folder = folder;
    this.plain = plain;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.events = events;
    this.meanings = meanings;
    this.index = openIndex();
  }

  /// @param folder made if absent; one process at a time
  /// @param meanings null for none
  public static LogFollower open(
      Path folder,
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      @Nullable Meanings meanings) {
    return new LogFollower(folder, plain, transactions, jdbc, events, meanings);
  }

  private EventIndex openIndex() {
    UUID database =
        plain.readInSystem(
            () -> jdbc.sql("select database_id from index_head").query(UUID.class).single());
    return EventIndex.open(folder, database, meanings == null ? "none" : meanings.name());
  }

  @Override
  public boolean applyNext() {
    applying.lock();
    try {
      requireOpen();
      Map<UUID, Long> heads = heads();
      boolean outran =
          heads.entrySet().stream()
              .anyMatch(head -> index.applied(head.getKey()) > head.getValue());
      if (outran) {
        startAgain();
      }
      Map<UUID, Long> done = new HashMap<>();
      removed = false;
      int taken = 0;
      for (Map.Entry<UUID, Long> head : heads.entrySet()) {
        if (taken < STEP && index.applied(head.getKey()) < head.getValue()) {
          taken += take(head.getKey(), head.getValue(), STEP - taken, done);
        }
      }
      if (done.isEmpty()) {
        return fillIn();
      }
      index.publish(done);
      if (removed) {
        // Whoever erased it, on whichever server: no file here keeps a word of it.
        index.scrub();
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not take up events", e);
    } finally {
      applying.unlock();
    }
  }

  private Map<UUID, Long> heads() {
    Map<UUID, Long> heads = new HashMap<>();
    plain.readInSystem(() -> {
      jdbc.sql("select tenant_id, seq, key_generation from memory_heads")
          .query(row -> {
            UUID tenant = row.getObject(1, UUID.class);
            heads.put(tenant, row.getLong(2));
            // Also where nobody asks for this tenant here: a destroyed key leaves memory too.
            transactions.heard(tenant, row.getLong(3));
          });
      return true;
    });
    return heads;
  }

  private void startAgain() throws IOException {
    index.close();
    EventIndex.clear(folder);
    index = openIndex();
  }

  private record Step(List<Event> events, List<Long> removed, long upTo) {}

  /// @return events and removals that were taken up
  private int take(UUID tenant, long head, int limit, Map<UUID, Long> done) throws IOException {
    long after = index.applied(tenant);
    Step step =
        transactions.read(MemoryScope.whole(tenant), () -> read(tenant, after, head, limit));
    List<Event> recallable =
        step.events().stream().filter(event -> event.role() != Role.RECALLED).toList();
    put(tenant, recallable, meanings(recallable));
    for (long seq : step.removed()) {
      index.remove(tenant, seq);
      removed = true;
    }
    done.put(tenant, step.upTo());
    return step.events().size() + step.removed().size();
  }

  /// One snapshot: an event that was forgotten since is simply not there, and its removal comes
  /// with this step or a later one.
  private Step read(UUID tenant, long after, long head, int limit) {
    // By rows, not by events: one whose key is destroyed is a row that gives no event.
    long upTo =
        jdbc.sql(
                """
                select seq from memory_events where tenant_id = ? and seq > ? and seq <= ?
                order by seq offset ? limit 1
                """)
            .params(tenant, after, head, limit - 1)
            .query(Long.class)
            .optional()
            .orElse(head);
    // What went and came back in one step is what it was last.
    Map<Long, Boolean> restored = new LinkedHashMap<>();
    jdbc.sql(
            """
            select event_seqs, restored from memory_removals
            where tenant_id = ? and seq > ? and seq <= ? order by seq
            """)
        .params(tenant, after, upTo)
        .query(row -> {
          for (Long seq : (Long[]) row.getArray(1).getArray()) {
            restored.put(seq, row.getBoolean(2));
          }
        });
    List<Long> gone = new ArrayList<>();
    List<Long> back = new ArrayList<>();
    restored.forEach((seq, isBack) -> {
      if (!isBack) {
        gone.add(seq);
      } else if (seq <= after) {
        back.add(seq); // later ones are read with this step
      }
    });
    List<Event> seen = new ArrayList<>(events.between(tenant, after, upTo));
    seen.addAll(events.of(tenant, back.stream().mapToLong(Long::longValue).toArray()));
    return new Step(seen, gone, upTo);
  }

  /// @param vectors one for each; none where they cannot be had now
  private void put(UUID tenant, List<Event> recallable, List<float[]> vectors) throws IOException {
    for (int at = 0; at < recallable.size(); at++) {
      Event event = recallable.get(at);
      float @Nullable [] vector = vectors.isEmpty() ? null : vectors.get(at);
      index.put(tenant, event.seq(), EventFields.document(event, vector, meanings != null));
    }
  }

  private List<float[]> meanings(List<Event> recallable) {
    if (meanings == null || recallable.isEmpty()) {
      return List.of();
    }
    List<float[]> vectors = new ArrayList<>();
    for (int from = 0; from < recallable.size(); from += VECTORS_AT_ONCE) {
      List<Event> some =
          recallable.subList(from, Math.min(recallable.size(), from + VECTORS_AT_ONCE));
      Optional<List<float[]>> made = meanings.of(some.stream().map(Event::text).toList());
      if (made.isEmpty()) {
        return List.of(); // the words do without; they are filled in later
      }
      vectors.addAll(made.get());
    }
    return vectors;
  }

  /// Makes vectors of some events that came while none could be had.
  ///
  /// @return whether there were some
  private boolean fillIn() throws IOException {
    if (meanings == null || !meanings.isAwake()) {
      return false;
    }
    Map<UUID, List<Long>> open =
        look(searcher -> EventValues.withoutVector(searcher.getIndexReader(), VECTORS_AT_ONCE));
    for (Map.Entry<UUID, List<Long>> one : open.entrySet()) {
      UUID tenant = one.getKey();
      long[] seqs = one.getValue().stream().mapToLong(Long::longValue).toArray();
      List<Event> found =
          transactions.read(MemoryScope.whole(tenant), () -> events.of(tenant, seqs));
      List<float[]> vectors = meanings(found);
      if (vectors.isEmpty()) {
        return false; // also where all of them were forgotten: their removal comes
      }
      put(tenant, found, vectors);
    }
    index.publish(Map.of());
    return !open.isEmpty();
  }

  @Override
  public void commit() {
    applying.lock();
    try {
      requireOpen();
      index.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not be committed", e);
    } finally {
      applying.unlock();
    }
  }

  /// Rewrites the index without anything that was removed from it.
  public void scrub() {
    applying.lock();
    try {
      requireOpen();
      index.scrub();
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not be scrubbed", e);
    } finally {
      applying.unlock();
    }
  }

  /// How many of these events recall could still find.
  public long remaining(UUID tenant, List<Long> seqs) {
    return look(searcher -> {
      long found = 0;
      for (long seq : seqs) {
        found += searcher.count(new TermQuery(EventFields.id(tenant, seq)));
      }
      return found;
    });
  }

  @Override
  public long appliedSeq(UUID tenant) {
    return index.applied(tenant);
  }

  @Override
  public boolean awaitApplied(UUID tenant, long seq, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (appliedSeq(tenant) < seq) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      if (!applyNext() && appliedSeq(tenant) < seq) {
        return false; // the log does not reach that far
      }
    }
    return true;
  }

  @Override
  public long count() {
    try {
      return index.count();
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not be read", e);
    }
  }

  /// A look at the index as it is now.
  interface Look<T> {
    T at(IndexSearcher searcher) throws IOException;
  }

  <T> T look(Look<T> look) {
    EventIndex now = index;
    try {
      IndexSearcher searcher = now.acquire();
      try {
        return look.at(searcher);
      } finally {
        now.release(searcher);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not be read", e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The memory index is closed");
    }
  }

  /// Leaves on disk what the last commit left.
  @Override
  public void close() {
    applying.lock();
    try {
      if (!closed) {
        closed = true;
        index.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index could not be closed", e);
    } finally {
      applying.unlock();
    }
  }
}
