package engram.inference.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads one message of the protocol buffers wire format, field by field; what a reader does not
/// know is skipped. Every length is checked against what is left.
final class Protobuf {
  private final ByteBuffer in;
  private int field;
  private int wireType;

  Protobuf(byte[] message) {
    this(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN));
  }

  private Protobuf(ByteBuffer in) {
    this.in = in;
  }

  /// Goes to the next field. The value of the one before must have been read or skipped.
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (field <= 0) {
      throw damaged("field number " + field);
    }
    return true;
  }

  int field() {
    return field;
  }

  long number() {
    require(0);
    return varint();
  }

  float real() {
    require(5);
    need(4);
    return in.getFloat();
  }

  byte[] bytes() {
    ByteBuffer slice = slice();
    byte[] bytes = new byte[slice.remaining()];
    slice.get(bytes);
    return bytes;
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  Protobuf message() {
    return new Protobuf(slice());
  }

  void skip() {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> advance(8);
      case 2 -> slice();
      case 5 -> advance(4);
      default -> throw damaged("wire type " + wireType);
    }
  }

  private ByteBuffer slice() {
    require(2);
    long length = varint();
    need(length);
    ByteBuffer slice = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return slice;
  }

  private void advance(int bytes) {
    need(bytes);
    in.position(in.position() + bytes);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      need(1);
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged("a number of more than ten bytes");
  }

  private void need(long bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw damaged(bytes + " bytes wanted, " + in.remaining() + " left");
    }
  }

  private void require(int expected) {
    if (wireType != expected) {
      throw damaged("field " + field + " has wire type " + wireType + ", not " + expected);
    }
  }

  private TokenizerFileException damaged(String what) {
    return new TokenizerFileException(
        "the file is damaged near byte " + in.position() + ": " + what);
  }
}
