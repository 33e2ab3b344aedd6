package engram.retrieval.parse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// How many workers there are and what each may use.
///
/// @param workersMax files parsed at the same time
/// @param heapMiB heap of one worker; over it the worker ends and the file fails
/// @param filesPerWorkerMax after so many files a worker is replaced, so that leaks cannot add up
/// @param idle after so long without work a worker is stopped
/// @param replyBytesMax what the parent accepts from a worker for one file, and holds in its heap
/// @param extraJvmArguments for tests and tuning, appended to the worker's own
/// @param temporary folder under which each worker gets one of its own, removed with it
public record WorkerSettings(
    int workersMax,
    int heapMiB,
    int filesPerWorkerMax,
    Duration idle,
    long replyBytesMax,
    List<String> extraJvmArguments,
    Path temporary) {
  public static final WorkerSettings DEFAULT =
      new WorkerSettings(
          2,
          512,
          500,
          Duration.ofMinutes(1),
          replyBytesMax(Runtime.getRuntime().maxMemory()),
          List.of(),
          Path.of(System.getProperty("java.io.tmpdir")));

  public WorkerSettings {
    if (workersMax < 1 || heapMiB < 32 || filesPerWorkerMax < 1 || replyBytesMax < 1) {
      throw new IllegalArgumentException(
          "workersMax %d, heapMiB %d, filesPerWorkerMax %d or replyBytesMax %d is too small"
              .formatted(workersMax, heapMiB, filesPerWorkerMax, replyBytesMax));
    }
    if (!idle.isPositive()) {
      throw new IllegalArgumentException("idle " + idle + " is not positive");
    }
    extraJvmArguments = List.copyOf(extraJvmArguments);
  }

  /// An eighth of the parent's heap, but from 16 to 512 MiB: all workers may answer at once, and a
  /// reply that is being put together is in memory more than once.
  static long replyBytesMax(long heapBytes) {
    return Math.clamp(heapBytes / 8, 16L << 20, 512L << 20);
  }

  public WorkerSettings withWorkersMax(int newWorkersMax) {
    return new WorkerSettings(
        newWorkersMax,
        heapMiB,
        filesPerWorkerMax,
        idle,
        replyBytesMax,
        extraJvmArguments,
        temporary);
  }

  public WorkerSettings withHeapMiB(int newHeapMiB) {
    return new WorkerSettings(
        workersMax,
        newHeapMiB,
        filesPerWorkerMax,
        idle,
        replyBytesMax,
        extraJvmArguments,
        temporary);
  }

  public WorkerSettings withTemporary(Path newTemporary) {
    return new WorkerSettings(
        workersMax,
        heapMiB,
        filesPerWorkerMax,
        idle,
        replyBytesMax,
        extraJvmArguments,
        newTemporary);
  }

  public WorkerSettings withFilesPerWorkerMax(int newFilesPerWorkerMax) {
    return new WorkerSettings(
        workersMax,
        heapMiB,
        newFilesPerWorkerMax,
        idle,
        replyBytesMax,
        extraJvmArguments,
        temporary);
  }

  public WorkerSettings withIdle(Duration newIdle) {
    return new WorkerSettings(
        workersMax,
        heapMiB,
        filesPerWorkerMax,
        newIdle,
        replyBytesMax,
        extraJvmArguments,
        temporary);
  }

  public WorkerSettings withReplyBytesMax(long newReplyBytesMax) {
    return new WorkerSettings(
        workersMax,
        heapMiB,
        filesPerWorkerMax,
        idle,
        newReplyBytesMax,
        extraJvmArguments,
        temporary);
  }
}
