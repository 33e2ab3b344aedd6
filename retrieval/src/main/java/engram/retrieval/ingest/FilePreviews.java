package engram.retrieval.ingest;

import engram.retrieval.ChunkPreview;
import engram.retrieval.ChunkPreviews;
import engram.retrieval.Chunking;
import engram.retrieval.RefusedException;
import engram.retrieval.RefusedException.Reason;
import engram.retrieval.Span;
import engram.retrieval.chunk.Chunk;
import engram.retrieval.chunk.Chunkers;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.FailureCode;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads and cuts as ingestion does, up to what a model would add.
public final class FilePreviews implements ChunkPreviews {
  private final Reader reader;
  private final int chunksMax;

  /// @param chunksMax of one document
  public FilePreviews(Reader reader, int chunksMax) {
    this.reader = reader;
    this.chunksMax = chunksMax;
  }

  @Override
  public ChunkPreview preview(
      Path file,
      String filename,
      @Nullable String mediaType,
      Chunking chunking,
      BooleanSupplier cancelled) {
    return switch (reader.read(file, filename, mediaType, ParseProgress.NONE, cancelled)) {
      case ParseOutcome.Parsed(Extraction extraction) -> of(extraction, chunking);
      case ParseOutcome.Failed failed ->
          throw new RefusedException(
              failed.code() == FailureCode.TOO_LARGE ? Reason.TOO_LARGE : Reason.INVALID,
              failed.code().id(),
              failed.message());
    };
  }

  private ChunkPreview of(Extraction extraction, Chunking chunking) {
    List<Chunk> chunks = Chunkers.of(chunking).chunk(extraction);
    if (chunks.size() > chunksMax) {
      throw new RefusedException(
          Reason.TOO_LARGE,
          "too_many_chunks",
          "The document has " + chunks.size() + " chunks, more than " + chunksMax + ".");
    }
    List<String> warnings = new ArrayList<>(extraction.warnings());
    warnings.addAll(notes(chunking, chunks.size()));
    if (chunking.context() == Chunking.Context.MODEL) {
      warnings.add("No model is asked for a preview: what it would write is missing here.");
    }
    return new ChunkPreview(
        extraction.title(),
        extraction.mediaType(),
        extraction.language(),
        extraction.pageCount(),
        warnings,
        totals(chunks),
        chunks.stream().map(chunk -> shown(chunk, extraction)).toList());
  }

  /// What is to be said of a cut.
  static List<String> notes(Chunking chunking, int chunkCount) {
    return chunking.strategy() == Chunking.Strategy.WHOLE && chunkCount > 1
        ? List.of(
            "The document was cut: it has more than "
                + chunking.maxTokens()
                + " tokens, the most of one chunk.")
        : List.of();
  }

  private static ChunkPreview.Totals totals(List<Chunk> chunks) {
    int[] tokens = chunks.stream().mapToInt(Chunk::tokens).sorted().toArray();
    return tokens.length == 0
        ? new ChunkPreview.Totals(0, 0, 0, 0, 0)
        : new ChunkPreview.Totals(
            tokens.length,
            chunks.stream().mapToLong(Chunk::tokens).sum(),
            tokens[0],
            tokens[(tokens.length - 1) / 2],
            tokens[tokens.length - 1]);
  }

  private static ChunkPreview.Chunk shown(Chunk chunk, Extraction extraction) {
    return new ChunkPreview.Chunk(
        new Span(chunk.start(), chunk.end()),
        chunk.pageFrom(),
        chunk.pageTo(),
        chunk.headingPath(),
        chunk.context(),
        chunk.tokens(),
        chunk.kind().name().toLowerCase(Locale.ROOT),
        new Span(chunk.parent().start(), chunk.parent().end()),
        chunk.text(extraction));
  }
}
