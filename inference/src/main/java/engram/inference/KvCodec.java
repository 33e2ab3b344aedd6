package engram.inference;

import java.lang.foreign.MemorySegment;

/// How a page of keys and values is stored: extension point 3.
///
/// Always holds: a token is coded by itself, never with its neighbours, so what is stored does not
/// depend on how a prompt was cut into passes.
///
/// Threads: any; implementations have no state.
public interface KvCodec {
  /// The stable name by which settings and reports call it.
  String name();

  /// Whether attention reads pages as they are stored. Others must be decoded before.
  boolean attendable();

  /// Bytes of a page's keys and values, of one KV head.
  long pageBytes(int headDim, int pageTokens);

  /// Writes one token into a page.
  ///
  /// @param key `[D]`
  /// @param value `[D]`
  /// @param page of [#pageBytes]
  /// @param slot of the token, from 0
  void encode(
      float[] key, float[] value, MemorySegment page, int slot, int headDim, int pageTokens);

  /// Reads one token from a page, as far as the codec kept it.
  void decode(
      MemorySegment page, int slot, float[] key, float[] value, int headDim, int pageTokens);
}
