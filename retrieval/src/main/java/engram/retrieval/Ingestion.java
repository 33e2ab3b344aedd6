package engram.retrieval;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// The way of files into collections, one step at a time. Whoever runs it decides when and with how
/// many workers.
public interface Ingestion {
  /// What the ledger of long work calls the jobs of ingestion. What such a job does, and whether it
  /// is wanted, is the document's to say: [Library#cancelIngestion], [Library#retryIngestion].
  String JOB_KIND = "ingest";

  /// Takes the next waiting document, of any tenant, and brings it as far as the outbox: parsed,
  /// chunked, embedded, stored. Safe to be killed at any moment; another worker goes on when the
  /// lease ends.
  ///
  /// @param worker a name that no other running worker has
  /// @return whether there was something to do
  boolean ingestNext(String worker);

  /// Takes the next build that is to be made or removed, of any tenant, and carries it on to its
  /// end: see [Builds]. Safe to be killed, as [#ingestNext] is.
  ///
  /// @param worker a name that no other running worker has
  /// @param stopping asked between documents; when true, the build is left to another worker
  /// @return whether there was something to do
  boolean buildNext(String worker, BooleanSupplier stopping);

  /// Removes what nothing refers to any more: blobs and extracted texts without a file, uploads
  /// that were never finished; and revives documents and builds whose workers were lost.
  void sweep(Duration graceOfOrphans);

  /// Forgets what is only kept for a time, in bounded steps: call it again and again. Uploads that
  /// ended and have no file are kept for a day.
  ///
  /// @param receipts how long the receipts of deletions are kept
  /// @param fileVersions how many of the last versions of a file are kept, at least 1; a version
  ///   that a document still shows stays besides
  /// @param retiredBuilds how long a build that does not serve any more is kept for the way back
  void forgetOld(Duration receipts, int fileVersions, Duration retiredBuilds);

  /// Queues completed documents that lack vectors of the configured embedding models, so that
  /// turning one on, or changing it, reaches what is there already.
  ///
  /// @return how many were queued; `limit` when there may be more
  int queueMissingVectors(int limit);
}
