package engram.memory;

import java.util.Optional;
import java.util.UUID;

/// Keeps one key per subject (a user of a tenant) outside of the database, so that destroying the
/// key also makes what backups hold of the subject unreadable. A key service can stand behind it.
///
/// A key is 32 bytes. Threads: any; several processes may share a vault.
public interface KeyVault {
  /// The subject's key, made where there is none.
  byte[] obtain(UUID tenant, String user);

  /// The subject's key; empty where there never was one or it is destroyed.
  Optional<byte[]> find(UUID tenant, String user);

  /// Destroys the key for good. A later [#obtain] makes another one.
  ///
  /// @return false if there was none
  boolean destroy(UUID tenant, String user);
}
