package engram.inference.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/// Fetches one file: into a partial file that is gone on with after a break, checked when it is
/// whole, then renamed. A reader never sees half a file under its name.
final class Download {
  private final HubSettings settings;
  private final HubHttp http;
  private final URI address;
  private final ModelManifest.File file;
  private final Path partial;
  private final Path target;
  // Only what was never there before is progress: a file that breaks at the same place each time,
  // or has the wrong checksum each time, must fail.
  private long furthest;

  Download(
      HubSettings settings,
      HubHttp http,
      URI address,
      ModelManifest.File file,
      Path partial,
      Path target) {
    this.settings = settings;
    this.http = http;
    this.address = address;
    this.file = file;
    this.partial = partial;
    this.target = target;
  }

  /// @param progress told how many bytes of the file are there
  void run(LongConsumer progress) throws IOException, InterruptedException {
    Attempts attempts = new Attempts(settings, "'" + file.path() + "'");
    while (true) {
      long have = Files.exists(partial) ? Files.size(partial) : 0;
      if (have > file.bytes()) {
        Files.delete(partial);
        have = 0;
      }
      if (have == file.bytes() && (have > 0 || Files.exists(partial))) {
        if (Digests.matches(partial, file.digest())) {
          break;
        }
        Files.delete(partial);
        attempts.damaged("the checksum is wrong");
        continue;
      }
      if (have == 0 && !Files.exists(partial)) {
        Files.createFile(partial);
        if (file.bytes() == 0) {
          continue;
        }
      }
      fetch(have, attempts, progress);
    }
    Files.createDirectories(target.getParent());
    Files.move(
        partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void fetch(long have, Attempts attempts, LongConsumer progress)
      throws InterruptedException {
    Map<String, String> headers =
        have > 0
            ? Map.of("Range", "bytes=" + have + "-", "Accept-Encoding", "identity")
            : Map.of("Accept-Encoding", "identity");
    try {
      HttpResponse<InputStream> response = http.get(address, headers);
      try (InputStream body = response.body()) {
        int status = response.statusCode();
        if (status == 200) {
          // Also the answer of a server that ignores ranges: from the beginning then.
          copy(body, 0, attempts, progress);
        } else if (status == 206 && startsAt(response, have)) {
          copy(body, have, attempts, progress);
        } else if (status == 206 || status == 416) {
          Files.deleteIfExists(partial);
          attempts.damaged("the hub sends another part than was asked for");
        } else {
          attempts.refused(response);
        }
      }
    } catch (IOException broken) {
      attempts.broken(broken);
    }
  }

  private static boolean startsAt(HttpResponse<?> response, long position) {
    return response
        .headers()
        .firstValue("Content-Range")
        .map(range -> range.startsWith("bytes " + position + "-"))
        .orElse(false);
  }

  private void copy(InputStream body, long from, Attempts attempts, LongConsumer progress)
      throws IOException, InterruptedException {
    AtomicLong lastByte = new AtomicLong(System.nanoTime());
    Thread watch = Thread.startVirtualThread(() -> closeWhenIdle(body, lastByte));
    long position = from;
    try (FileChannel out = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      out.truncate(from);
      out.position(from);
      byte[] buffer = new byte[1 << 16];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        lastByte.set(System.nanoTime());
        position += read;
        if (position > file.bytes()) {
          out.truncate(0);
          break;
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        if (position > furthest) {
          furthest = position;
          attempts.progressed();
        }
        progress.accept(position);
      }
      out.force(true);
    } finally {
      watch.interrupt();
    }
    if (position > file.bytes()) {
      attempts.damaged("more than the announced " + file.bytes() + " bytes arrive");
    } else if (position < file.bytes()) {
      attempts.damaged("the connection ended at " + position + " of " + file.bytes() + " bytes");
    }
  }

  /// A read has no timeout of its own; closing the stream ends it.
  private void closeWhenIdle(InputStream body, AtomicLong lastByte) {
    long idle = settings.idleTimeout().toNanos();
    try {
      while (true) {
        long left = lastByte.get() + idle - System.nanoTime();
        if (left <= 0) {
          body.close();
          return;
        }
        Thread.sleep(Math.max(1, left / 1_000_000));
      }
    } catch (InterruptedException | IOException over) {
      // The download has ended, or the reader learns of the broken stream by itself.
    }
  }
}
