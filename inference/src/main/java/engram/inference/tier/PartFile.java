package engram.inference.tier;

import engram.inference.KvTier.PartKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/// What a file of the tier holds: `"EKV1"`, the bytes of the key and their count before them, the
/// content's length, then a checksum (CRC-32C) over all before it and the content, and the content.
final class PartFile {
  private static final byte[] MAGIC = "EKV1".getBytes(StandardCharsets.US_ASCII);

  private PartFile() {}

  /// @param bytes before the content
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Header(byte[] bytes) {}

  static Header header(PartKey key, MemorySegment content) {
    byte[] name = nameBytes(key);
    ByteBuffer header =
        ByteBuffer.allocate(MAGIC.length + 4 + name.length + 8 + 4).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).putInt(name.length).put(name).putLong(content.byteSize());
    header.putInt(checksum(MemorySegment.ofArray(header.array()), header.position(), content));
    return new Header(header.array());
  }

  /// The content, if the file is whole and the key's.
  static Optional<MemorySegment> contentOf(MemorySegment file, PartKey key) {
    byte[] expected = header(key, MemorySegment.NULL).bytes();
    int headerBytes = expected.length;
    if (file.byteSize() < headerBytes) {
      return Optional.empty();
    }
    MemorySegment content = file.asSlice(headerBytes);
    byte[] whole = header(key, content).bytes();
    byte[] found = file.asSlice(0, headerBytes).toArray(ValueLayout.JAVA_BYTE);
    return Arrays.equals(whole, found) ? Optional.of(content) : Optional.empty();
  }

  /// A name from which nothing can be told, and which is no path, whatever the key's parts are.
  static String nameOf(PartKey key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(nameBytes(key));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// The key's parts with their lengths, so that no two keys have the same bytes.
  private static byte[] nameBytes(PartKey key) {
    byte[] model = key.model().getBytes(StandardCharsets.UTF_8);
    byte[] owner = key.owner().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + model.length + owner.length + 8)
        .putInt(model.length)
        .put(model)
        .putInt(owner.length)
        .put(owner)
        .putLong(key.part())
        .array();
  }

  private static int checksum(MemorySegment header, int headerBytes, MemorySegment content) {
    CRC32C sum = new CRC32C();
    sum.update(header.asSlice(0, headerBytes).asByteBuffer());
    for (long at = 0; at < content.byteSize(); ) {
      long piece = Math.min(1 << 24, content.byteSize() - at);
      sum.update(content.asSlice(at, piece).asByteBuffer());
      at += piece;
    }
    return (int) sum.getValue();
  }
}
