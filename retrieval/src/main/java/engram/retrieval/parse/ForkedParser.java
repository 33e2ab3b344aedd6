package engram.retrieval.parse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Parses files in child JVMs, so that a hostile or broken file costs one worker and never this
/// process. Workers start when needed, serve many files one after the other, and are replaced after
/// a crash, a timeout, a cancel, or [WorkerSettings#filesPerWorkerMax] files.
///
/// Threads: safe for use by many; at most [WorkerSettings#workersMax] files are parsed at a time,
/// further callers wait.
public final class ForkedParser implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ForkedParser.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long POLL_MILLIS = 20;

  /// What a JVM answers with under `-XX:+ExitOnOutOfMemoryError`.
  private static final int EXIT_OUT_OF_MEMORY = 3;

  /// What a JVM answers with after SIGHUP, SIGINT and SIGTERM. Ctrl-C, and a service manager that
  /// stops a service, send them to the workers as well: that says nothing about the file.
  private static final Set<Integer> EXITS_STOPPED = Set.of(129, 130, 143);

  /// After SIGKILL, by which a system that runs out of memory chooses its victims.
  private static final int EXIT_KILLED = 137;

  private final WorkerSettings settings;
  private final Semaphore slots;
  private final Deque<WorkerProcess> idle = new ArrayDeque<>();
  private final Set<WorkerProcess> all = new HashSet<>();
  private final ScheduledExecutorService reaper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("parse-worker-reaper").factory());
  private boolean closed;

  public ForkedParser(WorkerSettings settings) {
    this.settings = settings;
    this.slots = new Semaphore(settings.workersMax(), true);
    long every = Math.max(50, settings.idle().toMillis() / 4);
    var _ = reaper.scheduleWithFixedDelay(this::stopIdle, every, every, TimeUnit.MILLISECONDS);
  }

  /// Parses one file and waits for the outcome.
  ///
  /// @param file readable by this process's user; only read
  /// @param fileName as the uploader calls it; helps to tell the format
  /// @param declaredType media type that the uploader declared, perhaps with a charset
  /// @param cancelled asked many times a second; once true the worker is stopped and the outcome is
  ///   `cancelled`; so it is too when somebody else stops the worker, or this parser is closed
  /// @throws IllegalStateException if this parser is closed
  public ParseOutcome parse(
      Path file,
      String fileName,
      @Nullable String declaredType,
      ParseLimits limits,
      ParseProgress progress,
      BooleanSupplier cancelled) {
    byte[] request =
        JSON.writeValueAsBytes(
            new ParserWorker.Request(
                file.toAbsolutePath().toString(),
                ExtractionBuilder.clean(shortened(fileName)),
                declaredType == null ? null : shortened(declaredType),
                ParserWorker.Limits.of(limits)));
    if (!acquire(cancelled)) {
      return cancelled();
    }
    try {
      return parse(request, limits, progress, cancelled);
    } finally {
      slots.release();
    }
  }

  private static String shortened(String text) {
    return text.length() > 1_000 ? text.substring(text.length() - 1_000) : text;
  }

  private boolean acquire(BooleanSupplier cancelled) {
    try {
      while (!slots.tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (cancelled.getAsBoolean()) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private ParseOutcome parse(
      byte[] request, ParseLimits limits, ParseProgress progress, BooleanSupplier cancelled) {
    // A worker may die while idle (killed by the system); a second, fresh one then decides.
    for (int attempt = 0; ; attempt++) {
      WorkerProcess worker;
      try {
        worker = take(attempt > 0);
      } catch (IOException e) {
        LOG.error("cannot start a parse worker", e);
        return new ParseOutcome.Failed(
            FailureCode.UNREADABLE,
            "The parser could not be started on this server; the server's log says why.");
      }
      Conversation conversation =
          new Conversation(worker, limits, settings.replyBytesMax(), progress, cancelled);
      ParseOutcome outcome = null;
      try {
        outcome = conversation.run(request);
      } finally {
        give(worker, outcome != null && conversation.ended());
      }
      if (isDecided(outcome)) {
        return outcome;
      }
      if (isClosed()) {
        return cancelled();
      }
      if (conversation.started() || attempt > 0) {
        return outcome;
      }
    }
  }

  private boolean isClosed() {
    synchronized (all) {
      return closed;
    }
  }

  /// Whether the outcome is the file's, and not that of a worker that died.
  private static boolean isDecided(ParseOutcome outcome) {
    return !(outcome instanceof ParseOutcome.Failed(FailureCode code, String _)
        && (code == FailureCode.WORKER_CRASHED || code == FailureCode.UNREADABLE));
  }

  /// Pids of the workers that run now.
  public List<Long> workerPids() {
    synchronized (all) {
      return all.stream().filter(WorkerProcess::isAlive).map(WorkerProcess::pid).toList();
    }
  }

  private WorkerProcess take(boolean fresh) throws IOException {
    synchronized (all) {
      if (closed) {
        throw new IllegalStateException("the parser is closed");
      }
      while (!fresh && !idle.isEmpty()) {
        WorkerProcess worker = idle.removeLast();
        if (worker.isAlive()) {
          return worker;
        }
        all.remove(worker);
        worker.kill();
      }
      WorkerProcess worker = WorkerProcess.start(settings);
      all.add(worker);
      return worker;
    }
  }

  private void give(WorkerProcess worker, boolean reusable) {
    synchronized (all) {
      if (reusable && !closed && worker.files() < settings.filesPerWorkerMax()) {
        worker.idle();
        idle.addLast(worker);
        return;
      }
      all.remove(worker);
    }
    worker.kill();
  }

  private void stopIdle() {
    synchronized (all) {
      while (!idle.isEmpty() && idle.getFirst().idleNanos() > settings.idle().toNanos()) {
        WorkerProcess worker = idle.removeFirst();
        all.remove(worker);
        worker.kill();
      }
    }
  }

  /// Stops all workers; files being parsed end as `cancelled`.
  @Override
  public void close() {
    reaper.shutdownNow();
    List<WorkerProcess> workers;
    synchronized (all) {
      closed = true;
      workers = List.copyOf(all);
      all.clear();
      idle.clear();
    }
    workers.forEach(WorkerProcess::kill);
  }

  private static ParseOutcome.Failed cancelled() {
    return new ParseOutcome.Failed(FailureCode.CANCELLED, "Parsing was cancelled.");
  }

  private static ParseOutcome.Failed crashed(String message) {
    return new ParseOutcome.Failed(FailureCode.WORKER_CRASHED, message);
  }

  /// One request and its reply.
  private static final class Conversation {
    private final WorkerProcess worker;
    private final ParseLimits limits;
    private final long bytesMax;
    private final ParseProgress progress;
    private final BooleanSupplier cancelled;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final ByteArrayOutputStream structure = new ByteArrayOutputStream();
    private boolean started;
    private boolean ended;

    Conversation(
        WorkerProcess worker,
        ParseLimits limits,
        long bytesMax,
        ParseProgress progress,
        BooleanSupplier cancelled) {
      this.worker = worker;
      this.limits = limits;
      this.bytesMax = bytesMax;
      this.progress = progress;
      this.cancelled = cancelled;
    }

    boolean started() {
      return started;
    }

    /// The reply is complete and the worker waits for the next request.
    boolean ended() {
      return ended;
    }

    ParseOutcome run(byte[] request) {
      long deadline = System.nanoTime() + limits.timeout().toNanos();
      try {
        worker.send(request);
        while (true) {
          Frames.Frame frame = worker.poll(POLL_MILLIS);
          ParseOutcome outcome = frame == null ? null : read(frame);
          if (outcome != null) {
            return outcome;
          }
          if (cancelled.getAsBoolean()) {
            return cancelled();
          }
          if (System.nanoTime() - deadline > 0) {
            return new ParseOutcome.Failed(
                FailureCode.TIMEOUT,
                "Reading the file took longer than "
                    + limits.timeout().toSeconds()
                    + " seconds. Split it, or save it in a simpler format.");
          }
        }
      } catch (IOException e) {
        return died();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return cancelled();
      }
    }

    private @Nullable ParseOutcome read(Frames.Frame frame) {
      if (frame.type() == Frames.END) {
        return died();
      }
      byte[] payload = frame.payload();
      switch (frame.type()) {
        case Frames.STARTED -> started = true;
        case Frames.PROGRESS -> progress(payload);
        case Frames.TEXT -> text.writeBytes(payload);
        case Frames.STRUCTURE -> structure.writeBytes(payload);
        case Frames.PARSED -> {
          return parsed();
        }
        case Frames.FAILED -> {
          return failed(new String(payload, StandardCharsets.UTF_8));
        }
        default -> {
          return garbled("frame type " + frame.type());
        }
      }
      if ((long) text.size() + structure.size() > bytesMax) {
        return new ParseOutcome.Failed(
            FailureCode.TOO_LARGE,
            "The extracted text is larger than "
                + (bytesMax >> 20)
                + " MiB, the most that the server's heap leaves for it."
                + " Split the file and upload the parts.");
      }
      return null;
    }

    private void progress(byte[] payload) {
      if (payload.length != 17) {
        return;
      }
      ByteBuffer values = ByteBuffer.wrap(payload);
      for (ParseProgress.Unit unit : ParseProgress.Unit.values()) {
        if (unit.code() == payload[16]) {
          progress.report(values.getLong(), values.getLong(), unit);
        }
      }
    }

    private ParseOutcome parsed() {
      try {
        Extraction extraction =
            ExtractionJson.read(text.toString(StandardCharsets.UTF_8), structure.toByteArray());
        ended = true;
        return new ParseOutcome.Parsed(extraction);
      } catch (JacksonException | IllegalArgumentException e) {
        return garbled(String.valueOf(e.getMessage()));
      }
    }

    private ParseOutcome failed(String reply) {
      int newline = reply.indexOf('\n');
      try {
        FailureCode code = FailureCode.valueOf(reply.substring(0, Math.max(0, newline)));
        ended = true;
        return new ParseOutcome.Failed(code, reply.substring(newline + 1));
      } catch (IllegalArgumentException e) {
        return garbled("unknown failure code");
      }
    }

    private ParseOutcome garbled(String why) {
      LOG.warn("parse worker {} broke its protocol: {}", worker.pid(), why);
      return crashed("The parser gave an unreadable answer for this file.");
    }

    private ParseOutcome died() {
      int exit = worker.awaitExit();
      if (exit == EXIT_OUT_OF_MEMORY) {
        return new ParseOutcome.Failed(
            FailureCode.OUT_OF_MEMORY,
            "Reading the file needs more memory than a parser may use. Split it and upload the parts.");
      }
      if (EXITS_STOPPED.contains(exit)) {
        return cancelled();
      }
      if (exit == EXIT_KILLED) {
        LOG.warn("parse worker {} was killed, perhaps because memory ran out", worker.pid());
        return new ParseOutcome.Failed(
            FailureCode.UNREADABLE,
            "The system killed the parser while it read this file, perhaps for want of memory.");
      }
      LOG.warn("parse worker {} ended with status {}:\n{}", worker.pid(), exit, worker.log());
      return crashed(
          "The parser stopped while reading this file (status "
              + exit
              + "). The file is probably damaged; save it again with its own program.");
    }
  }
}
