package engram.retrieval.parse;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// The pipe between parent and worker: one byte of type, four of length, the payload. A length over
/// [#FRAME_BYTES_MAX] is an error on both sides, so neither can make the other allocate more.
final class Frames {
  static final int FRAME_BYTES_MAX = 1 << 20;

  /// Never sent: stands for the end of the stream.
  static final byte END = 0;

  /// Parent to worker: a request as JSON.
  static final byte REQUEST = 1;

  /// Worker to parent: the request was read and parsing begins.
  static final byte STARTED = 2;

  static final byte PROGRESS = 3;

  /// A piece of the text in UTF-8. Pieces may cut a character.
  static final byte TEXT = 4;

  /// A piece of everything else, as JSON.
  static final byte STRUCTURE = 5;

  /// Ends a reply with text.
  static final byte PARSED = 6;

  /// Ends a reply without text: the code, a newline, the message.
  static final byte FAILED = 7;

  /// One frame. Not a record: two frames with equal bytes are not the same frame.
  static final class Frame {
    private final byte type;
    private final byte[] payload;

    Frame(byte type, byte[] payload) {
      this.type = type;
      this.payload = payload;
    }

    byte type() {
      return type;
    }

    byte[] payload() {
      return payload;
    }
  }

  private Frames() {}

  static void write(DataOutputStream out, byte type, byte[] payload) throws IOException {
    write(out, type, payload, 0, payload.length);
  }

  static void write(DataOutputStream out, byte type, byte[] payload, int from, int length)
      throws IOException {
    out.writeByte(type);
    out.writeInt(length);
    out.write(payload, from, length);
  }

  static void writePieces(DataOutputStream out, byte type, byte[] payload) throws IOException {
    for (int at = 0; at < payload.length; at += FRAME_BYTES_MAX) {
      write(out, type, payload, at, Math.min(FRAME_BYTES_MAX, payload.length - at));
    }
  }

  /// The next frame, or null at the end of the stream.
  static @Nullable Frame read(DataInputStream in) throws IOException {
    int type = in.read();
    if (type < 0) {
      return null;
    }
    int length;
    try {
      length = in.readInt();
    } catch (EOFException e) {
      return null;
    }
    if (length < 0 || length > FRAME_BYTES_MAX) {
      throw new IOException("frame of " + length + " bytes, limit " + FRAME_BYTES_MAX);
    }
    byte[] payload = in.readNBytes(length);
    return payload.length < length ? null : new Frame((byte) type, payload);
  }

  static DataInputStream in(InputStream raw) {
    return new DataInputStream(new java.io.BufferedInputStream(raw, 64 << 10));
  }

  static DataOutputStream out(OutputStream raw) {
    return new DataOutputStream(new java.io.BufferedOutputStream(raw, 64 << 10));
  }
}
