package engram.retrieval.index;

import engram.retrieval.Indexing.Progress;
import engram.retrieval.index.Outbox.Change;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings what the database has into a generation: change by change, or all of it.
///
/// Threads: one at a time for each generation.
final class Replay {
  private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

  private final Outbox outbox;
  private final DocumentEpochs epochs;
  private final IndexSettings settings;

  Replay(Outbox outbox, DocumentEpochs epochs, IndexSettings settings) {
    this.outbox = outbox;
    this.epochs = epochs;
    this.settings = settings;
  }

  /// Applies the changes that follow the last one; they become visible at once.
  void apply(Generation target, List<Change> step) throws IOException {
    for (Change change : step) {
      epochs.changed(change.documentId());
      if (change.dropsDocument()) {
        target.removeDocument(change.documentId());
      }
    }
    Map<UUID, Set<Long>> documents =
        step.stream()
            .collect(
                Collectors.groupingBy(
                    Change::tenant,
                    Collectors.mapping(
                        Change::documentId, Collectors.toCollection(LinkedHashSet::new))));
    try {
      documents.forEach(
          (tenant, ids) -> outbox.present(tenant, target.visibleSeq(), ids, new Writing(target)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    target.publish(step.getLast().seq());
  }

  /// Applies changes until there are no more.
  ///
  /// @param goOn throws when it is time to give up
  void catchUp(Generation target, Runnable goOn) throws IOException {
    List<Change> step;
    do {
      goOn.run();
      step = outbox.after(target.visibleSeq(), settings.changesPerStep());
      if (!step.isEmpty()) {
        apply(target, step);
      }
    } while (step.size() == settings.changesPerStep());
  }

  /// Copies the chunks of all tenants; what changes meanwhile is for [#catchUp].
  ///
  /// @param goOn throws when it is time to give up
  void copyAll(Generation target, Consumer<Progress> progress, Runnable goOn) {
    List<UUID> tenants = outbox.tenants();
    long total = tenants.stream().mapToLong(outbox::chunkCount).sum();
    long done = 0;
    progress.accept(new Progress(0, total));
    for (UUID tenant : tenants) {
      long lastId = Long.MIN_VALUE;
      while (true) {
        goOn.run();
        List<IndexedChunk> slice = outbox.chunksAfter(tenant, lastId, settings.chunksPerSlice());
        if (slice.isEmpty()) {
          break;
        }
        for (IndexedChunk chunk : slice) {
          write(target, chunk);
        }
        lastId = slice.getLast().id();
        done += slice.size();
        progress.accept(new Progress(done, Math.max(done, total)));
      }
    }
  }

  private record Writing(Generation target) implements Outbox.Present {
    @Override
    public void chunk(IndexedChunk chunk) {
      write(target, chunk);
    }

    @Override
    public void chunkGone(long chunkId) {
      try {
        target.removeChunk(chunkId);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void documentGone(long documentId) {
      try {
        target.removeDocument(documentId);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void write(Generation target, IndexedChunk chunk) {
    try {
      target.put(chunk);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalArgumentException e) {
      // One chunk that Lucene refuses must not stop the changes of every tenant behind it.
      LOG.error("Chunk {} cannot be indexed and will not be found", chunk.id(), e);
    }
  }
}
