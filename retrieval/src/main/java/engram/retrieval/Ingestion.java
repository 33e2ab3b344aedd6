package engram.retrieval;

import java.time.Duration;

/// The way of files into collections, one step at a time. Whoever runs it decides when and with how
/// many workers.
public interface Ingestion {
  /// Takes the next waiting document, of any tenant, and brings it as far as the outbox: parsed,
  /// chunked, embedded, stored. Safe to be killed at any moment; another worker goes on when the
  /// lease ends.
  ///
  /// @param worker a name that no other running worker has
  /// @return whether there was something to do
  boolean ingestNext(String worker);

  /// Removes what nothing refers to any more: blobs and extracted texts without a file, expired
  /// files, uploads and collections.
  void sweep(Duration graceOfOrphans);
}
