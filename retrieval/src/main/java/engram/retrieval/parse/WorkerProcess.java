package engram.retrieval.parse;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One worker as its parent sees it. Two threads drain its pipes: at most [#FRAMES_MAX] frames and
/// [#LOG_LINES_MAX] lines of log are held, then the worker waits or the oldest line goes.
final class WorkerProcess {
  private static final int FRAMES_MAX = 4;
  private static final int LOG_LINES_MAX = 20;
  private static final int LOG_LINE_CHARS_MAX = 300;
  private static final long EXIT_WAIT_SECONDS = 5;

  /// The worker's output ended or broke its rules.
  static final Frames.Frame END = new Frames.Frame(Frames.END, new byte[0]);

  private final Process process;
  private final Path temporary;
  private final DataOutputStream requests;
  private final BlockingQueue<Frames.Frame> frames = new ArrayBlockingQueue<>(FRAMES_MAX);
  private final Deque<String> log = new ArrayDeque<>();
  private final Thread frameReader;
  private final Thread logReader;
  private int files;
  private long idleSinceNanos;

  private WorkerProcess(Process process, Path temporary) {
    this.process = process;
    this.temporary = temporary;
    this.requests = Frames.out(process.getOutputStream());
    String name = "parse-worker-" + process.pid();
    frameReader = Thread.ofPlatform().daemon().name(name + "-frames").start(this::readFrames);
    logReader = Thread.ofPlatform().daemon().name(name + "-log").start(this::readLog);
  }

  static WorkerProcess start(WorkerSettings settings) throws IOException {
    Path temporary = Files.createTempDirectory(settings.temporary(), "engram-parse-");
    ProcessBuilder builder = new ProcessBuilder(WorkerCommand.of(settings, temporary));
    Map<String, String> environment = builder.environment();
    String systemRoot = environment.get("SystemRoot");
    environment.clear();
    environment.put("LANG", "C.UTF-8");
    environment.put("TMPDIR", temporary.toString());
    if (systemRoot != null) {
      // Without it a JVM on Windows does not start.
      environment.put("SystemRoot", systemRoot);
    }
    try {
      return new WorkerProcess(builder.start(), temporary);
    } catch (IOException e) {
      delete(temporary);
      throw e;
    }
  }

  void send(byte[] request) throws IOException {
    files++;
    Frames.write(requests, Frames.REQUEST, request);
    requests.flush();
  }

  /// The next frame, [#END], or null if there is none within `millis`.
  Frames.@Nullable Frame poll(long millis) throws InterruptedException {
    return frames.poll(millis, TimeUnit.MILLISECONDS);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  int files() {
    return files;
  }

  void idle() {
    idleSinceNanos = System.nanoTime();
  }

  long idleNanos() {
    return System.nanoTime() - idleSinceNanos;
  }

  /// Ends the worker now and removes what it left on disk.
  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitExit();
    frameReader.interrupt();
    delete(temporary);
  }

  /// The exit status, or -1 if it has not ended in time.
  int awaitExit() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return process.waitFor(EXIT_WAIT_SECONDS, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// The last lines of the worker's log, once it has ended.
  String log() {
    try {
      logReader.join(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (log) {
      return String.join("\n", log);
    }
  }

  private void readFrames() {
    try {
      try (DataInputStream in = Frames.in(process.getInputStream())) {
        for (Frames.Frame frame; (frame = Frames.read(in)) != null; ) {
          frames.put(frame);
        }
      } catch (IOException e) {
        addLog("reply pipe: " + e.getMessage());
      }
      frames.put(END);
    } catch (InterruptedException e) {
      // Killed, perhaps while somebody polls, who must learn of it even if the queue is full.
      frames.clear();
      frames.add(END);
    }
  }

  private void readLog() {
    try (Reader in =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      StringBuilder line = new StringBuilder();
      for (int c; (c = in.read()) >= 0; ) {
        if (c == '\n') {
          addLog(line.toString());
          line.setLength(0);
        } else if (line.length() < LOG_LINE_CHARS_MAX) {
          line.append((char) c);
        }
      }
      addLog(line.toString());
    } catch (IOException e) {
      addLog("log pipe: " + e.getMessage());
    }
  }

  private void addLog(String line) {
    synchronized (log) {
      if (!line.isBlank()) {
        log.addLast(line);
      }
      while (log.size() > LOG_LINES_MAX) {
        log.removeFirst();
      }
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      // A dying worker may still hold files (Windows); the system's own cleaner takes the folder.
    }
  }
}
