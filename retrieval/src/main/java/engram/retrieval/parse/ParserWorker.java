package engram.retrieval.parse;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The child's main program: reads requests from standard input, parses one file at a time, writes
/// replies to standard output. It ends when its input ends, so it never outlives its parent.
public final class ParserWorker {
  /// The argument by which the product's own main class starts a worker.
  public static final String ARGUMENT = "parse-worker";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long PROGRESS_NANOS_MIN = 200_000_000;

  /// One file to parse.
  record Request(String path, String fileName, @Nullable String declaredType, Limits limits) {}

  /// [ParseLimits] without the timeout, which the parent keeps.
  record Limits(
      long fileBytesMax,
      int charsMax,
      int pagesMax,
      int depthMax,
      int entriesMax,
      long unpackedBytesMax,
      int compressionRatioMax) {
    static Limits of(ParseLimits l) {
      return new Limits(
          l.fileBytesMax(),
          l.charsMax(),
          l.pagesMax(),
          l.depthMax(),
          l.entriesMax(),
          l.unpackedBytesMax(),
          l.compressionRatioMax());
    }

    ParseLimits limits() {
      return new ParseLimits(
          fileBytesMax,
          charsMax,
          pagesMax,
          depthMax,
          entriesMax,
          unpackedBytesMax,
          compressionRatioMax,
          ParseLimits.DEFAULT.timeout());
    }
  }

  private final DocumentParser parser = new DocumentParser();
  private final DataOutputStream replies;
  private long progressAtNanos;

  private ParserWorker(DataOutputStream replies) {
    this.replies = replies;
  }

  /// Serves until standard input ends.
  public static void main(String[] args) throws IOException, InterruptedException {
    DataOutputStream replies = Frames.out(new FileOutputStream(FileDescriptor.out));
    // Whatever a parser prints goes to the log, not between the frames; nothing else may read
    // input.
    System.setOut(
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    System.setIn(InputStream.nullInputStream());
    BlockingQueue<Request> requests = new ArrayBlockingQueue<>(1);
    Thread reader = new Thread(() -> readUntilEnd(requests), "requests");
    reader.setDaemon(true);
    reader.start();
    ParserWorker worker = new ParserWorker(replies);
    while (true) {
      worker.serve(requests.take());
    }
  }

  /// On its own thread, so that a parent's death is seen in the middle of a file too.
  private static void readUntilEnd(BlockingQueue<Request> requests) {
    try (DataInputStream in = Frames.in(new FileInputStream(FileDescriptor.in))) {
      for (Frames.Frame frame; (frame = Frames.read(in)) != null; ) {
        requests.put(JSON.readValue(frame.payload(), Request.class));
      }
    } catch (IOException e) {
      System.err.println("request pipe broken: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }

  private void serve(Request request) throws IOException {
    Frames.write(replies, Frames.STARTED, new byte[0]);
    replies.flush();
    ParseOutcome outcome =
        parser.parse(
            Path.of(request.path()),
            request.fileName(),
            request.declaredType(),
            request.limits().limits(),
            this::progress);
    switch (outcome) {
      case ParseOutcome.Parsed(Extraction extraction) -> parsed(extraction);
      case ParseOutcome.Failed(FailureCode code, String message) ->
          Frames.write(
              replies,
              Frames.FAILED,
              (code.name() + "\n" + message).getBytes(StandardCharsets.UTF_8));
    }
    replies.flush();
  }

  private void parsed(Extraction extraction) throws IOException {
    Frames.writePieces(replies, Frames.STRUCTURE, ExtractionJson.structureBytes(extraction));
    Frames.writePieces(replies, Frames.TEXT, extraction.text().getBytes(StandardCharsets.UTF_8));
    Frames.write(replies, Frames.PARSED, new byte[0]);
  }

  private void progress(long done, long total, ParseProgress.Unit unit) {
    long now = System.nanoTime();
    if (progressAtNanos != 0 && now - progressAtNanos < PROGRESS_NANOS_MIN) {
      return;
    }
    progressAtNanos = now;
    byte[] payload = ByteBuffer.allocate(17).putLong(done).putLong(total).put(unit.code()).array();
    try {
      Frames.write(replies, Frames.PROGRESS, payload);
      replies.flush();
    } catch (IOException e) {
      // Nobody listens any more.
      Runtime.getRuntime().halt(0);
    }
  }
}
