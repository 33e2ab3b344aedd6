package engram.retrieval.index;

import engram.db.Transactions;
import engram.retrieval.Indexing;
import engram.retrieval.index.Generation.UnusableIndexException;
import engram.retrieval.index.Outbox.Change;
import engram.retrieval.index.Outbox.Head;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.lucene.search.QueryCache;
import org.apache.lucene.search.QueryCachingPolicy;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.AlreadyClosedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Lucene index of a data folder, kept up with the outbox.
///
/// The folder holds generations, each a whole index, and a pointer to the live one. A rebuild makes
/// a new generation beside the live one and moves the pointer. A step of changes becomes visible at
/// once, and each document in it as one state of the database; applying a change again changes
/// nothing, so a crash costs what was applied since the last commit, and nothing is lost or
/// doubled.
///
/// Lock order: `rebuilding`, then `applying`, then `seen`. Searches take none of them.
public final class LuceneIndex implements Indexing, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(LuceneIndex.class);

  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  /// Without changes for so long, the index rests and its segments are put in order.
  private static final Duration REST_AFTER = Duration.ofSeconds(1);

  private final IndexSettings settings;
  private final Outbox outbox;
  private final Replay replay;
  private final GenerationFolder folder;
  private final DocumentEpochs epochs = new DocumentEpochs();
  private final QueryCache filterCache;
  private final QueryCachingPolicy cachingPolicy = RememberedFilter.policy();

  private final ReentrantLock rebuilding = new ReentrantLock();
  private final ReentrantLock applying = new ReentrantLock();
  private final ReentrantLock seen = new ReentrantLock();
  private final Condition seenMore = seen.newCondition();
  private final Condition signalled = seen.newCondition();
  private boolean signal;

  private volatile Generation live;
  private volatile boolean mustRebuild;
  private volatile boolean rebuildRuns;
  private volatile long rebuildFromSeq = Long.MAX_VALUE;
  private volatile boolean closed;

  /// Guarded by `applying`.
  private long appliedAtNanos = System.nanoTime();

  private LuceneIndex(IndexSettings settings, Outbox outbox, GenerationFolder folder, Head head)
      throws IOException {
    this.settings = settings;
    this.outbox = outbox;
    this.replay = new Replay(outbox, epochs, settings);
    this.folder = folder;
    this.filterCache = Generation.filterCache(settings);
    this.live = openLive(head);
  }

  /// Opens the index in a folder. What cannot be used is replaced by an empty one, and the next
  /// [#applyNext] builds it anew.
  ///
  /// @param folder made if absent; one process at a time
  public static LuceneIndex open(
      Path folder, IndexSettings settings, Transactions transactions, DataSource dataSource) {
    Outbox outbox = new Outbox(transactions, dataSource);
    try {
      return new LuceneIndex(settings, outbox, GenerationFolder.open(folder), outbox.head());
    } catch (IOException e) {
      throw new UncheckedIOException("The index in " + folder + " cannot be opened", e);
    }
  }

  private Generation openLive(Head head) throws IOException {
    Path path = folder.live();
    if (path != null) {
      try {
        Generation opened = Generation.open(path, settings, head.databaseId());
        mustRebuild = outran(opened.visibleSeq(), head);
        return opened;
      } catch (UnusableIndexException e) {
        LOG.warn("The index in {} is built anew: {}", path, e.getMessage());
      }
    }
    Generation empty = Generation.create(folder.next(), settings, head.databaseId(), 0);
    folder.switchTo(empty.folder());
    mustRebuild = head.seq() > 0;
    return empty;
  }

  /// Whether an index cannot follow the database from where it is: the changes are gone, or the
  /// database has gone back to an earlier state.
  private static boolean outran(long seq, Head head) {
    return seq < head.prunedSeq() || seq > head.seq();
  }

  @Override
  public boolean applyNext() {
    if (mustRebuild) {
      rebuild(progress -> {});
      return true;
    }
    applying.lock();
    try {
      requireOpen();
      reopenIfBroken();
      Generation target = live;
      List<Change> step = outbox.after(target.visibleSeq(), settings.changesPerStep());
      if (step.isEmpty() || step.getFirst().seq() != target.visibleSeq() + 1) {
        Head head = outbox.head();
        if (!head.databaseId().equals(target.databaseId()) || outran(target.visibleSeq(), head)) {
          LOG.warn("The index is built anew: it cannot follow the database from where it is");
          mustRebuild = true;
        } else {
          Duration rested = Duration.ofNanos(System.nanoTime() - appliedAtNanos);
          if (rested.compareTo(REST_AFTER) > 0) {
            target.rest(rested);
          }
        }
        return mustRebuild;
      }
      replay.apply(target, step);
      appliedAtNanos = System.nanoTime();
      wakeWaiters();
      return true;
    } catch (IOException e) {
      mustRebuild |= Generation.isDamage(e);
      throw new UncheckedIOException("Changes could not be applied to the index", e);
    } finally {
      applying.unlock();
    }
  }

  /// After a full disk or another disaster Lucene closes its writer; what is on disk is whole.
  private void reopenIfBroken() throws IOException {
    if (live.writable()) {
      return;
    }
    Generation broken = live;
    broken.close();
    live = openLive(outbox.head());
    LOG.warn("The index was reopened after a failure, at change {}", live.visibleSeq());
  }

  @Override
  public void commit() {
    applying.lock();
    try {
      if (!closed && live.writable()) {
        live.commit();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The index could not be committed", e);
    } finally {
      applying.unlock();
    }
  }

  @Override
  public long appliedSeq() {
    return mustRebuild ? 0 : live.visibleSeq();
  }

  /// The last change that a [#view] taken from now on has, also while the index is built anew.
  public long visibleSeq() {
    return live.visibleSeq();
  }

  @Override
  public boolean awaitApplied(long seq, Duration timeout) {
    if (appliedSeq() >= seq) {
      return true;
    }
    signal();
    long leftNanos = timeout.toNanos();
    seen.lock();
    try {
      while (appliedSeq() < seq) {
        if (leftNanos <= 0 || closed) {
          return false;
        }
        leftNanos = seenMore.awaitNanos(leftNanos);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      seen.unlock();
    }
  }

  @Override
  public void signal() {
    seen.lock();
    try {
      signal = true;
      signalled.signalAll();
    } finally {
      seen.unlock();
    }
  }

  @Override
  public void awaitSignal(Duration timeout) throws InterruptedException {
    long leftNanos = timeout.toNanos();
    seen.lock();
    try {
      while (!signal && leftNanos > 0) {
        leftNanos = signalled.awaitNanos(leftNanos);
      }
      signal = false;
    } finally {
      seen.unlock();
    }
  }

  private void wakeWaiters() {
    seen.lock();
    try {
      seenMore.signalAll();
    } finally {
      seen.unlock();
    }
  }

  @Override
  public void rebuild(Consumer<Progress> progress) {
    rebuilding.lock();
    rebuildRuns = true;
    try {
      requireOpen();
      Head head = outbox.head();
      rebuildFromSeq = head.seq();
      Generation next = Generation.create(folder.next(), settings, head.databaseId(), head.seq());
      boolean switched = false;
      try {
        replay.copyAll(next, progress, this::requireOpen);
        replay.catchUp(next, this::requireOpen);
        switchTo(next);
        switched = true;
      } finally {
        if (!switched) {
          next.close();
          GenerationFolder.delete(next.folder());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The index could not be built anew", e);
    } finally {
      rebuildFromSeq = Long.MAX_VALUE;
      rebuildRuns = false;
      rebuilding.unlock();
    }
  }

  private void switchTo(Generation next) throws IOException {
    Generation old;
    applying.lock();
    try {
      requireOpen();
      // What the old one has seen meanwhile must not disappear with it.
      do {
        replay.catchUp(next, this::requireOpen);
      } while (live.visibleSeq() > next.visibleSeq() && !mustRebuild);
      next.publish(next.visibleSeq());
      next.commit();
      folder.switchTo(next.folder());
      old = live;
      live = next;
      mustRebuild = false;
    } finally {
      applying.unlock();
    }
    wakeWaiters();
    old.close();
    GenerationFolder.delete(old.folder());
  }

  @Override
  public long prune(long kept) {
    long upTo;
    applying.lock();
    try {
      upTo = Math.min(live.committedSeq(), rebuildFromSeq) - kept;
    } finally {
      applying.unlock();
    }
    if (upTo > 0 && !mustRebuild) {
      outbox.prune(upTo);
    }
    return Math.max(0, upTo);
  }

  /// Whether searches can still find anything of a document.
  public boolean contains(long documentId) {
    try (IndexView view = view()) {
      return view.count(
              new TermQuery(ChunkFields.documentTerm(documentId)), TimeUnit.MINUTES.toMillis(1))
          > 0;
    } catch (IOException e) {
      throw new UncheckedIOException("The index could not be read", e);
    }
  }

  /// The index as it is now.
  public IndexView view() {
    while (true) {
      Generation now = live;
      try {
        return new IndexView(now, now.acquire(), filterCache, cachingPolicy, settings.graphFrom());
      } catch (AlreadyClosedException e) {
        if (closed) {
          throw new IllegalStateException("The index is closed", e);
        }
        // A rebuild has just switched: the new one is open.
      } catch (IOException e) {
        throw new UncheckedIOException("The index could not be read", e);
      }
    }
  }

  public DocumentEpochs epochs() {
    return epochs;
  }

  /// Tells the index that a search found it damaged: the next [#applyNext] builds it anew.
  public void reportDamage(IOException damage) {
    if (Generation.isDamage(damage) && !mustRebuild) {
      LOG.error("The index is damaged and is built anew", damage);
      mustRebuild = true;
      signal();
    }
  }

  @Override
  public State state() {
    long headSeq = outbox.head().seq();
    long appliedSeq = appliedSeq();
    try (IndexView view = view()) {
      return new State(
          appliedSeq,
          headSeq,
          Math.max(0, headSeq - appliedSeq),
          view.reader().numDocs(),
          live.bytes(),
          view.vectorBytes(),
          rebuildRuns || mustRebuild);
    } catch (IOException e) {
      throw new UncheckedIOException("The index could not be read", e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The index is closed");
    }
  }

  /// Commits and closes; a rebuild that runs gives up.
  @Override
  public void close() {
    applying.lock();
    try {
      if (closed) {
        return;
      }
      commit();
      closed = true;
      if (!BoundedClose.close(live, CLOSE_MAX)) {
        LOG.info("A merge of the index is left undone: all that was committed is on disk");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The index could not be closed", e);
    } finally {
      applying.unlock();
    }
    wakeWaiters();
    signal();
  }
}
