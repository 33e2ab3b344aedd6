package engram.retrieval.config;

import engram.retrieval.AskRequest.Packing;
import engram.retrieval.AskRequest.UnsupportedSentences;
import engram.retrieval.AskRequest.Widen;
import engram.retrieval.ask.AskSettings;
import engram.retrieval.ingest.ContextWriter;
import engram.retrieval.pack.PackSettings;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.search.SearchSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// All settings of the retrieval room, under `engram.retrieval`.
@ConfigurationProperties("engram.retrieval")
public record RetrievalSettings(
    @DefaultValue Files files,
    @DefaultValue Parsing parsing,
    @DefaultValue Ingestion ingestion,
    @DefaultValue Index index,
    @DefaultValue Search search,
    @DefaultValue Ask ask) {

  /// What one file may cost a parser.
  ParseLimits parseLimits() {
    return new ParseLimits(
        files.bytesMax().toBytes(),
        parsing.charsMax(),
        parsing.pagesMax(),
        parsing.depthMax(),
        parsing.entriesMax(),
        parsing.unpackedBytesMax().toBytes(),
        parsing.compressionRatioMax(),
        parsing.timeout());
  }

  /// Originals on disk, and what callers may store.
  ///
  /// @param bytesMax of one file, uploaded whole or in parts
  /// @param partBytesMax of one part of an upload
  /// @param uploadParts at most so many parts of one upload
  /// @param freeSpaceFloor what a write must leave free on the disk
  /// @param uploadExpiry how long an upload may stay unfinished
  /// @param deletionTimeout how long a deletion waits for this process's index to drop what went
  public record Files(
      @DefaultValue("512MB") DataSize bytesMax,
      @DefaultValue("64MB") DataSize partBytesMax,
      @DefaultValue("10000") int uploadParts,
      @DefaultValue("256MB") DataSize freeSpaceFloor,
      @DefaultValue("1h") Duration uploadExpiry,
      @DefaultValue("10s") Duration deletionTimeout) {
    public Files {
      atLeast("files.bytes-max", bytesMax.toBytes(), 1);
      atLeast("files.part-bytes-max", partBytesMax.toBytes(), 1);
      atLeast("files.upload-parts", uploadParts, 1);
      atLeast("files.free-space-floor", freeSpaceFloor.toBytes(), 0);
      positive("files.upload-expiry", uploadExpiry);
      positive("files.deletion-timeout", deletionTimeout);
    }
  }

  /// The forked parser processes.
  ///
  /// @param workers processes at most; each holds up to `workerHeap`
  /// @param timeout wall time for one file
  /// @param charsMax UTF-16 units of text taken from one file; the rest is cut with a warning
  /// @param pagesMax pages of a PDF that are read; the rest is cut with a warning
  /// @param depthMax how deep files may lie inside files (archives, attachments)
  /// @param entriesMax files inside one file, at all depths together
  /// @param unpackedBytesMax of all those files together
  /// @param compressionRatioMax unpacked to packed bytes, looked at once 16 MiB are unpacked
  public record Parsing(
      @DefaultValue("2") int workers,
      @DefaultValue("512MB") DataSize workerHeap,
      @DefaultValue("120s") Duration timeout,
      @DefaultValue("50000000") int charsMax,
      @DefaultValue("20000") int pagesMax,
      @DefaultValue("8") int depthMax,
      @DefaultValue("10000") int entriesMax,
      @DefaultValue("1GB") DataSize unpackedBytesMax,
      @DefaultValue("200") int compressionRatioMax) {
    public Parsing {
      atLeast("parsing.workers", workers, 1);
      atLeast("parsing.worker-heap", workerHeap.toMegabytes(), 64);
      positive("parsing.timeout", timeout);
      atLeast("parsing.chars-max", charsMax, 1);
      atLeast("parsing.pages-max", pagesMax, 1);
      atLeast("parsing.depth-max", depthMax, 0);
      atLeast("parsing.entries-max", entriesMax, 0);
      atLeast("parsing.unpacked-bytes-max", unpackedBytesMax.toBytes(), 0);
      atLeast("parsing.compression-ratio-max", compressionRatioMax, 1);
    }
  }

  /// The way of files into collections.
  ///
  /// @param lease how long a worker that says nothing keeps its document
  /// @param attempts tries before a document whose trouble may pass is given up
  /// @param chunksMax chunks of one document
  /// @param embeddingModel the name under which vectors are stored; another name embeds anew what
  ///   is ingested again
  /// @param embeddingBatch texts in one call to the embedding model
  /// @param contextCallsAtOnce calls for contexts of one document's chunks at the same time
  /// @param contextTimeout how long the chat model may be silent about all of them
  /// @param contextChunksMax a document with more chunks gets no contexts written
  public record Ingestion(
      @DefaultValue("15s") Duration lease,
      @DefaultValue("5") int attempts,
      @DefaultValue("200000") int chunksMax,
      @DefaultValue("default") String embeddingModel,
      @DefaultValue("64") int embeddingBatch,
      @DefaultValue("4") int contextCallsAtOnce,
      @DefaultValue("60s") Duration contextTimeout,
      @DefaultValue("2000") int contextChunksMax) {
    public Ingestion {
      if (lease.compareTo(Duration.ofSeconds(2)) < 0) {
        throw new IllegalArgumentException("engram.retrieval.ingestion.lease " + lease + " < 2s");
      }
      atLeast("ingestion.attempts", attempts, 1);
      atLeast("ingestion.chunks-max", chunksMax, 1);
      atLeast("ingestion.embedding-batch", embeddingBatch, 1);
      atLeast("ingestion.context-calls-at-once", contextCallsAtOnce, 1);
      positive("ingestion.context-timeout", contextTimeout);
      atLeast("ingestion.context-chunks-max", contextChunksMax, 0);
      if (embeddingModel.isBlank()) {
        throw new IllegalArgumentException("engram.retrieval.ingestion.embedding-model is blank");
      }
    }

    ContextWriter.Settings toContextSettings() {
      return new ContextWriter.Settings(contextCallsAtOnce, contextTimeout, contextChunksMax);
    }
  }

  /// The search index of this process.
  ///
  /// @param changesMax changes of the outbox that become visible together
  /// @param ramBuffer what the index writer gathers before it flushes a segment
  /// @param filterCache remembered results of permission and attribute filters
  /// @param checkedMax an index up to this size is read through at start, to find damage early
  /// @param rebuildSlice chunks that a rebuild reads at once
  public record Index(
      @DefaultValue("256") int changesMax,
      @DefaultValue("48MB") DataSize ramBuffer,
      @DefaultValue("16MB") DataSize filterCache,
      @DefaultValue("256MB") DataSize checkedMax,
      @DefaultValue("1000") int rebuildSlice,
      @DefaultValue("30000") int graphFrom) {
    public Index {
      atLeast("index.changes-max", changesMax, 1);
      atLeast("index.ram-buffer", ramBuffer.toMegabytes(), 1);
      atLeast("index.rebuild-slice", rebuildSlice, 1);
      atLeast("index.graph-from", graphFrom, 0);
    }
  }

  /// Bounds of a search.
  ///
  /// @param timeout after which a search answers with what it has, and says so
  /// @param embedTimeout after which a search goes on without vectors, and says so
  /// @param embeddingsAtOnce calls to the embedding model at the same time
  /// @param candidates that each list brings into a fusion at least
  /// @param rowCache texts of chunks that were shown lately; an eighth of the heap unless it is set
  /// @param collectionTtl for how long a collection that was there is taken to be there still
  public record Search(
      @DefaultValue("5s") Duration timeout,
      @DefaultValue("3s") Duration embedTimeout,
      @DefaultValue("8") int embeddingsAtOnce,
      @DefaultValue("256") int candidates,
      @Nullable DataSize rowCache,
      @DefaultValue("1s") Duration collectionTtl) {
    private long rowCacheBytes() {
      return rowCache == null ? Runtime.getRuntime().maxMemory() / 8 : rowCache.toBytes();
    }

    SearchSettings toSettings() {
      return new SearchSettings(
          timeout, embedTimeout, embeddingsAtOnce, candidates, rowCacheBytes(), collectionTtl);
    }
  }

  /// Bounds of an answer.
  ///
  /// @param firstTokenTimeout how long the model may think before it says anything
  /// @param answerTimeout how long an answer may take as a whole
  /// @param confidenceMin an extractive answer less sure than this is `unsupported`; null for the
  ///   fitted threshold
  /// @param packing how passages stand, where a request does not say
  /// @param widen what is read around a hit, where a request does not say
  /// @param unsupportedSentences what becomes of sentences that no passage carries, where a request
  ///   does not say
  /// @param passagesMax passages that are shown at most
  /// @param scoreFloor share of the best hit's score below which a hit is not shown
  /// @param perSourceMax passages of one source at most; 0 for any number
  /// @param sourceAttribute attribute whose value names a document's source; without it each
  ///   document is its own
  /// @param duplicateMin likeness from which on passages of other places are shown once
  /// @param echoWeight what the score of a hit that repeats the question is multiplied by
  public record Ask(
      @DefaultValue("60s") Duration firstTokenTimeout,
      @DefaultValue("5m") Duration answerTimeout,
      @Nullable Double confidenceMin,
      @DefaultValue("edges") Packing packing,
      @DefaultValue("none") Widen widen,
      @DefaultValue("mark") UnsupportedSentences unsupportedSentences,
      @DefaultValue("20") int passagesMax,
      @DefaultValue("0") double scoreFloor,
      @DefaultValue("0") int perSourceMax,
      @Nullable String sourceAttribute,
      @DefaultValue("0.9") double duplicateMin,
      @DefaultValue("1") double echoWeight) {
    PackSettings packSettings() {
      return new PackSettings(
          passagesMax, scoreFloor, perSourceMax, sourceAttribute, duplicateMin, echoWeight);
    }

    AskSettings toSettings() {
      AskSettings defaults = AskSettings.DEFAULT;
      return new AskSettings(
          firstTokenTimeout,
          answerTimeout,
          defaults.answerCharsMax(),
          defaults.historyTurnsMax(),
          defaults.historyCharsMax(),
          confidenceMin == null ? defaults.confidenceMin() : confidenceMin,
          packing,
          widen,
          unsupportedSentences);
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException("engram.retrieval." + name + " " + value + " < " + least);
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "engram.retrieval." + name + " " + value + " is not positive");
    }
  }
}
