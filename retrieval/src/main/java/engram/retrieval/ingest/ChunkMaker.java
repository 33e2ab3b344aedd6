package engram.retrieval.ingest;

import engram.retrieval.Chunking.Context;
import engram.retrieval.ingest.ChunkDiff.Kept;
import engram.retrieval.ingest.Work.Target;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// What one build has of one document, outside of transactions: cut, contextualise, compare, embed.
final class ChunkMaker {
  private final Store store;
  private final Cutter cutter;
  private final @Nullable ContextWriter contextWriter;
  private final Embedders embedders;
  private final ChunkTable chunks;
  private final IngestMetrics metrics;
  private final int chunksMax;

  ChunkMaker(
      Store store,
      Cutter cutter,
      @Nullable ContextWriter contextWriter,
      Embedders embedders,
      ChunkTable chunks,
      IngestMetrics metrics,
      int chunksMax) {
    this.store = store;
    this.cutter = cutter;
    this.contextWriter = contextWriter;
    this.embedders = embedders;
    this.chunks = chunks;
    this.metrics = metrics;
    this.chunksMax = chunksMax;
  }

  /// @return unfinished, and not to be stored, if the lease says stop by then
  /// @throws Trouble if it may be made later
  Made make(Lease lease, Work work, Target target, Extraction extraction) {
    return make(lease, work, target, extraction, true);
  }

  /// As [#make], for words alone while the embedding model does not answer.
  Made makeWithoutVectors(Lease lease, Work work, Target target, Extraction extraction) {
    return make(lease, work, target, extraction, false);
  }

  private Made make(
      Lease lease, Work work, Target target, Extraction extraction, boolean withVectors) {
    lease.report("chunking", counts(work, extraction, 0, 0));
    long began = System.nanoTime();
    List<Piece> pieces = cutter.cut(extraction, target.chunking());
    if (pieces.size() > chunksMax) {
      return new Made.Failed(
          target,
          "too_many_chunks",
          "The document has "
              + pieces.size()
              + " chunks, more than "
              + chunksMax
              + " (setting engram.retrieval.ingestion.chunks-max). Split it or raise the limit.");
    }
    metrics.stage("chunking", System.nanoTime() - began);
    List<String> notes = new ArrayList<>(extraction.warnings());
    notes.addAll(FilePreviews.notes(target.chunking(), pieces.size()));
    if (target.chunking().context() == Context.MODEL) {
      pieces = withContexts(lease, work, target, extraction, pieces, notes);
      if (lease.shouldStop()) {
        return new Made.Later(target);
      }
    }
    if (!withVectors) {
      notes.add(
          "The embedding model did not answer: the document is found by its words until it does.");
    }
    return compared(lease, work, target, extraction, pieces, withVectors, notes);
  }

  static Map<String, Object> counts(Work work, Extraction extraction, int done, int total) {
    return Map.of(
        "bytesTotal", work.bytes(),
        "pagesDone", extraction.pageCount(),
        "pagesTotal", extraction.pageCount(),
        "chunksDone", done,
        "chunksTotal", total);
  }

  /// @param notes told why there are none
  private List<Piece> withContexts(
      Lease lease,
      Work work,
      Target target,
      Extraction extraction,
      List<Piece> pieces,
      List<String> notes) {
    if (contextWriter == null) {
      notes.add("No chat model is configured: the chunks have no context written by one.");
      return pieces;
    }
    if (pieces.size() > contextWriter.chunksMax()) {
      notes.add(
          "The chunks have no context written by a model: there are more than "
              + contextWriter.chunksMax()
              + " (setting engram.retrieval.ingestion.context-chunks-max).");
      return pieces;
    }
    long began = System.nanoTime();
    lease.report("contextualising", counts(work, extraction, 0, pieces.size()));
    try {
      return new Contexts(store, contextWriter, target.build())
          .added(
              work,
              extraction,
              pieces,
              lease::shouldStop,
              done ->
                  lease.report("contextualising", counts(work, extraction, done, pieces.size())));
    } catch (ContextWriter.FailedException e) {
      throw new Trouble(
          "context_failed", "The chat model did not answer; it writes the chunks' contexts.", e);
    } finally {
      metrics.stage("contextualising", System.nanoTime() - began);
    }
  }

  private Made compared(
      Lease lease,
      Work work,
      Target target,
      Extraction extraction,
      List<Piece> pieces,
      boolean withVectors,
      List<String> notes) {
    List<byte[]> hashes =
        pieces.stream().map(piece -> piece.contentHash(extraction.title())).toList();
    // Read before the lock. A build that has the document is written by the document's job alone,
    // under its fence; one that waits for it has no chunks, and whether it still waits is looked at
    // under the lock.
    List<ChunkDiff.StoredChunk> stored =
        store
            .transactions()
            .readInTenant(work.tenant(), () -> chunks.of(work.documentId(), target.build()));
    ChunkDiff diff = ChunkDiff.between(stored, hashes);
    long began = System.nanoTime();
    Embedder embedder = withVectors ? embedders.of(target.embeddingModel()) : null;
    Map<String, float[]> vectors =
        embedder == null
            ? Map.of()
            : vectors(embedder, lease, work, extraction, pieces, hashes, diff);
    metrics.stage("embedding", System.nanoTime() - began);
    String model = embedder == null ? null : embedder.name();
    return new Made.Chunks(target, pieces, hashes, diff, vectors, model, !withVectors, notes);
  }

  /// Vectors by content hash, for all chunks that lack one of the build's model. What this tenant
  /// has embedded before is not embedded again.
  private Map<String, float[]> vectors(
      Embedder model,
      Lease lease,
      Work work,
      Extraction extraction,
      List<Piece> pieces,
      List<byte[]> hashes,
      ChunkDiff diff) {
    Map<String, Integer> wanted = new LinkedHashMap<>();
    diff.added().forEach(at -> wanted.putIfAbsent(ChunkDiff.hex(hashes.get(at)), at));
    for (Kept kept : diff.kept()) {
      if (!model.name().equals(kept.chunk().embeddingModel())) {
        wanted.putIfAbsent(kept.chunk().contentHash(), kept.position());
      }
    }
    if (wanted.isEmpty()) {
      return Map.of();
    }
    Map<String, float[]> vectors =
        new HashMap<>(
            store
                .transactions()
                .readInTenant(work.tenant(), () -> chunks.vectors(model.name(), wanted.keySet())));
    Set<String> missing = new LinkedHashSet<>(wanted.keySet());
    missing.removeAll(vectors.keySet());
    List<String> hexes = new ArrayList<>(missing);
    List<String> inputs =
        hexes.stream()
            .map(hex -> pieces.get(wanted.getOrDefault(hex, 0)).embedded(extraction.title()))
            .toList();
    lease.report("embedding", counts(work, extraction, 0, inputs.size()));
    List<float[]> made;
    try {
      made =
          model.embed(
              inputs,
              lease::shouldStop,
              done -> lease.report("embedding", counts(work, extraction, done, inputs.size())));
    } catch (DataAccessException | TransactionException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new Trouble(
          Trouble.EMBEDDING_FAILED,
          "The embedding model '" + model.name() + "' did not answer.",
          e);
    }
    for (int i = 0; i < made.size(); i++) {
      vectors.put(hexes.get(i), made.get(i));
    }
    return vectors;
  }
}
