package engram.memory;

import engram.db.TestDatabase;
import engram.memory.consolidate.Covers;
import engram.memory.episode.EpisodeRows;
import engram.memory.episode.Episodes;
import engram.memory.episode.LogSegmenter;
import engram.memory.episode.StoredEpisodes;
import engram.memory.index.EventSearch;
import engram.memory.index.LogFollower;
import engram.memory.log.EventRows;
import engram.memory.log.StoredEventLog;
import engram.memory.recall.StoredRecall;
import engram.memory.scope.LogReaders;
import engram.memory.scope.MemoryTransactions;
import engram.memory.vault.FileKeyVault;
import engram.memory.vault.SubjectCiphers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The room's insides on a database of its own.
public final class MemoryFixture implements AutoCloseable {
  private static final AtomicInteger TENANTS = new AtomicInteger();

  public final TestDatabase database = TestDatabase.fresh();
  public final Path keys = temporary();
  public final FileKeyVault vault = FileKeyVault.open(keys);
  public final SubjectCiphers ciphers = new SubjectCiphers(vault);
  public final MemoryTransactions transactions =
      new MemoryTransactions(database.transactions(), database.jdbc(), ciphers::observed);
  public final EventLog log =
      new StoredEventLog(transactions, database.jdbc(), ciphers, place -> {});

  private final Path indexFolder = temporary();
  private @Nullable LogFollower follower;

  /// The index; opened when first asked for.
  public synchronized LogFollower index() {
    if (follower == null) {
      follower =
          LogFollower.open(
              indexFolder, database.transactions(), transactions, database.jdbc(), rows(), null);
    }
    return follower;
  }

  /// As after a kill: what was not committed is gone.
  public synchronized void reopenIndex() {
    index().close();
    follower = null;
  }

  public Path indexFolder() {
    return indexFolder;
  }

  public EventRows rows() {
    return new EventRows(database.jdbc(), ciphers);
  }

  public Recall recall() {
    return new StoredRecall(
        new EventSearch(index()),
        transactions,
        rows(),
        episodes(),
        new Covers(database.jdbc()),
        null,
        Clock.fixed(Instant.parse("2024-06-01T00:00:00Z"), ZoneOffset.UTC));
  }

  public StoredEpisodes episodes() {
    return new StoredEpisodes(transactions, database.jdbc());
  }

  public LogReaders readers() {
    return new LogReaders(database.transactions(), transactions, database.jdbc());
  }

  /// Cuts all logs into episodes, as far as they go.
  public void segment(EpisodeSegmenter segmenter) {
    LogSegmenter keeping = segmenter(segmenter);
    while (keeping.segmentNext()) {
      // until there is nothing left
    }
  }

  public LogSegmenter segmenter(EpisodeSegmenter segmenter) {
    return new LogSegmenter(
        readers(),
        transactions,
        rows(),
        new EpisodeRows(database.jdbc()),
        new Episodes(segmenter, Duration.ofHours(2)));
  }

  public UUID tenant() {
    return database.tenant("memory" + TENANTS.incrementAndGet());
  }

  public static EventDraft said(String session, String at, String text) {
    return EventDraft.of(session, Role.USER, "ann", Instant.parse(at), text);
  }

  public static Path temporary() {
    try {
      return Files.createTempDirectory("engram-memory-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (follower != null) {
      follower.close();
    }
    database.close();
  }
}
