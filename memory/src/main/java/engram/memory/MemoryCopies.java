package engram.memory;

import java.util.UUID;

/// What outside of this room may quote a user's memories, such as replies that are kept. Every
/// erasure takes it along, whoever or whatever asked for it.
///
/// Threads: any.
public interface MemoryCopies {
  /// What receipts call them.
  String name();

  /// Takes away whatever may quote the user's memories.
  ///
  /// @return how many went
  long forget(UUID tenant, String user);

  /// How many there are.
  long remaining(UUID tenant, String user);
}
