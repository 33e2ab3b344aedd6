package engram.memory;

import engram.memory.Versions.Snapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Takes the memories of one place elsewhere.
///
/// The file is a ZIP of `events.jsonl` and `claims.jsonl`, a JSON object per line, and
/// `manifest.json`, which says how many lines each has and the SHA-256 of their bytes. Events and
/// claims are numbered from 1 within the file, so equal memories make equal bytes wherever they are
/// kept. What claims say follows again from the claims; when it was known does not travel.
///
/// Threads: any.
public interface Transfer {
  int VERSION = 1;

  /// @param sha256 of the SHA-256 of both files: the state's own name
  record Manifest(
      String format,
      int version,
      long events,
      long claims,
      String eventsSha256,
      String claimsSha256,
      String sha256) {}

  /// Writes what a place remembers.
  ///
  /// @param at null for now
  /// @return what was written
  Manifest write(MemoryScope place, @Nullable Snapshot at, OutputStream output) throws IOException;

  /// Reads a file into an empty place: all of it, or nothing. The file is read to its end and
  /// compared with its manifest before anything is written, and what was written is compared with
  /// it again before it counts.
  ///
  /// @throws engram.retrieval.RefusedException `export_invalid` saying where and why;
  ///   `place_not_empty` if something is remembered there
  Manifest read(MemoryScope place, InputStream input) throws IOException;

  /// Copies a snapshot's memories of one place into another, empty one of the same tenant. From
  /// then on neither knows of the other.
  ///
  /// @param snapshot of one place
  Manifest branch(Snapshot snapshot, MemoryScope target);
}
