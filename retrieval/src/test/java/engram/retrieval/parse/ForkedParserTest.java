package engram.retrieval.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkedParserTest {
  @TempDir Path folder;

  private WorkerSettings settings() {
    return WorkerSettings.DEFAULT.withWorkersMax(1).withTemporary(folder);
  }

  @Test
  void oneWorkerServesManyFilesAndTellsItsProgress() throws IOException {
    List<String> seen = new ArrayList<>();
    try (ForkedParser parser = new ForkedParser(settings())) {
      assertThat(text(parse(parser, file("a.txt", "Hello")))).isEqualTo("Hello");
      List<Long> pids = parser.workerPids();
      assertThat(text(parse(parser, file("b.md", "# T\n\nText")))).isEqualTo("# T\n\nText");
      assertThat(parser.workerPids()).isEqualTo(pids);
      Path zip = gzip("c.txt.gz", "packed".getBytes(StandardCharsets.UTF_8), 1);
      parser.parse(
          zip,
          "c.txt.gz",
          null,
          ParseLimits.DEFAULT,
          (d, t, u) -> seen.add(d + " " + u),
          () -> false);
    }
    assertThat(seen).containsExactly("1 ENTRIES");
  }

  @Test
  void overItsTimeAWorkerIsKilledAndTheNextFileGetsANewOne() throws IOException {
    Path slow = slow();
    try (ForkedParser parser = new ForkedParser(settings())) {
      ParseOutcome outcome =
          parser.parse(
              slow,
              "slow.zip",
              null,
              ParseLimits.DEFAULT.withTimeout(Duration.ofMillis(300)),
              ParseProgress.NONE,
              () -> false);
      assertThat(failure(outcome)).isEqualTo(FailureCode.TIMEOUT);
      assertThat(parser.workerPids()).isEmpty();
      assertThat(text(parse(parser, file("a.txt", "after")))).isEqualTo("after");
    }
  }

  @Test
  void aCancelledFileStopsItsWorker() throws IOException {
    Path slow = slow();
    AtomicBoolean cancelled = new AtomicBoolean();
    try (ForkedParser parser = new ForkedParser(settings())) {
      CompletableFuture<ParseOutcome> running =
          CompletableFuture.supplyAsync(() ->
              parser.parse(
                  slow, "slow.zip", null, ParseLimits.DEFAULT, ParseProgress.NONE, cancelled::get));
      await().until(() -> !parser.workerPids().isEmpty());
      cancelled.set(true);
      assertThat(failure(running.join())).isEqualTo(FailureCode.CANCELLED);
      assertThat(parser.workerPids()).isEmpty();
    }
  }

  @Test
  void moreMemoryThanAWorkerMayUseEndsThatFileOnly() throws IOException {
    Path large = file("large.txt", "All work and no play. ".repeat(1_500_000));
    try (ForkedParser parser = new ForkedParser(settings().withHeapMiB(48))) {
      assertThat(failure(parse(parser, large))).isEqualTo(FailureCode.OUT_OF_MEMORY);
      assertThat(text(parse(parser, file("a.txt", "after")))).isEqualTo("after");
    }
  }

  /// Begins to parse a file that takes long, and returns in the middle of it.
  private CompletableFuture<ParseOutcome> reading(ForkedParser parser) throws IOException {
    AtomicBoolean reading = new AtomicBoolean();
    var running = begin(parser, (done, total, unit) -> reading.set(true));
    await().atMost(Duration.ofMinutes(1)).untilTrue(reading);
    return running;
  }

  private CompletableFuture<ParseOutcome> begin(ForkedParser parser, ParseProgress progress)
      throws IOException {
    Path slow = slow();
    return CompletableFuture.supplyAsync(
        () -> parser.parse(slow, "slow.zip", null, ParseLimits.DEFAULT, progress, () -> false));
  }

  @Test
  void aWorkerThatIsToldToStopSaysNothingAboutItsFile() throws IOException {
    try (ForkedParser parser = new ForkedParser(settings())) {
      CompletableFuture<ParseOutcome> running = reading(parser);
      ProcessHandle.of(parser.workerPids().getFirst()).orElseThrow().destroy();
      assertThat(failure(running.join())).isEqualTo(FailureCode.CANCELLED);
      assertThat(text(parse(parser, file("a.txt", "after")))).isEqualTo("after");
    }
  }

  @Test
  void aParserThatIsClosedSaysNothingAboutItsFiles() throws IOException {
    ForkedParser parser = new ForkedParser(settings());
    CompletableFuture<ParseOutcome> running = reading(parser);
    parser.close();
    assertThat(failure(running.join())).isEqualTo(FailureCode.CANCELLED);
  }

  @Test
  void aParserThatIsClosedWhileItsCallerIsBusyStillTellsIt() throws Exception {
    ForkedParser parser = new ForkedParser(settings());
    CountDownLatch reading = new CountDownLatch(1);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    var running =
        begin(
            parser,
            (done, total, unit) -> {
              // The worker's further reports fill the queue behind this one.
              reading.countDown();
              closed.join();
            });
    assertThat(reading.await(1, TimeUnit.MINUTES)).isTrue();
    parser.close();
    closed.complete(null);
    assertThat(failure(running.get(10, TimeUnit.SECONDS))).isEqualTo(FailureCode.CANCELLED);
  }

  @Test
  void aWorkerThatDiesInTheMiddleFailsItsFileOnly() throws IOException {
    try (ForkedParser parser = new ForkedParser(settings())) {
      CompletableFuture<ParseOutcome> running = reading(parser);
      ProcessHandle.of(parser.workerPids().getFirst()).orElseThrow().destroyForcibly();
      assertThat(failure(running.join())).isEqualTo(FailureCode.UNREADABLE);
      assertThat(text(parse(parser, file("a.txt", "after")))).isEqualTo("after");
    }
  }

  @Test
  void aWorkerKilledWhileIdleIsReplacedWithoutAnyoneNoticing() throws IOException {
    try (ForkedParser parser = new ForkedParser(settings())) {
      parse(parser, file("a.txt", "one"));
      ProcessHandle worker = ProcessHandle.of(parser.workerPids().getFirst()).orElseThrow();
      worker.destroyForcibly();
      worker.onExit().join();
      assertThat(text(parse(parser, file("b.txt", "two")))).isEqualTo("two");
    }
  }

  @Test
  void aWorkerIsReplacedAfterItsShareOfFilesAndStoppedWhenIdle() throws IOException {
    Set<Long> pids = new HashSet<>();
    try (ForkedParser parser =
        new ForkedParser(settings().withFilesPerWorkerMax(2).withIdle(Duration.ofMillis(400)))) {
      for (int i = 0; i < 3; i++) {
        parse(parser, file(i + ".txt", "text " + i));
        pids.addAll(parser.workerPids());
      }
      assertThat(pids).hasSizeBetween(1, 2);
      await().atMost(Duration.ofSeconds(10)).until(() -> parser.workerPids().isEmpty());
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(Files::isDirectory)).isEmpty();
    }
  }

  @Test
  void anAnswerLargerThanTheParentAcceptsIsRefused() throws IOException {
    Path large = file("large.txt", "All work and no play. ".repeat(200_000));
    try (ForkedParser parser = new ForkedParser(settings().withReplyBytesMax(1 << 20))) {
      ParseOutcome outcome = parse(parser, large);
      assertThat(failure(outcome)).isEqualTo(FailureCode.TOO_LARGE);
      assertThat(((ParseOutcome.Failed) outcome).message()).contains("larger than 1 MiB");
      assertThat(text(parse(parser, file("a.txt", "after")))).isEqualTo("after");
    }
  }

  @Test
  void aReplyLeavesTheHeapRoom() {
    assertThat(WorkerSettings.replyBytesMax(64L << 20)).isEqualTo(16L << 20);
    assertThat(WorkerSettings.replyBytesMax(512L << 20)).isEqualTo(64L << 20);
    assertThat(WorkerSettings.replyBytesMax(64L << 30)).isEqualTo(512L << 20);
    assertThat(settings().replyBytesMax())
        .isEqualTo(WorkerSettings.replyBytesMax(Runtime.getRuntime().maxMemory()));
  }

  @Test
  void aBombEndsAsTooLarge() throws IOException {
    Path bomb = gzip("bomb.txt.gz", new byte[1 << 20], 200);
    assertThat(Files.size(bomb)).isLessThan(1 << 19);
    try (ForkedParser parser = new ForkedParser(settings())) {
      assertThat(failure(parse(parser, bomb))).isEqualTo(FailureCode.TOO_LARGE);
    }
  }

  @Test
  void afterClosingNoWorkerIsLeft() throws IOException {
    ForkedParser parser = new ForkedParser(settings());
    parse(parser, file("a.txt", "one"));
    ProcessHandle worker = ProcessHandle.of(parser.workerPids().getFirst()).orElseThrow();
    parser.close();
    assertThat(worker.isAlive()).isFalse();
    Path file = file("b.txt", "two");
    assertThatThrownBy(() -> parse(parser, file)).isInstanceOf(IllegalStateException.class);
  }

  /// An archive with very many entries: seconds of work in little memory.
  private Path slow() throws IOException {
    Path file = folder.resolve("slow.zip");
    try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 9_000; i++) {
        zip.putNextEntry(new java.util.zip.ZipEntry("entry" + i + ".html"));
        zip.write(("<p>" + i + "</p>").repeat(200).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return file;
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path gzip(String name, byte[] block, int times) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < times; i++) {
        out.write(block);
      }
    }
    return file;
  }

  private static ParseOutcome parse(ForkedParser parser, Path file) {
    return parser.parse(
        file,
        file.getFileName().toString(),
        null,
        ParseLimits.DEFAULT,
        ParseProgress.NONE,
        () -> false);
  }

  private static String text(ParseOutcome outcome) {
    return switch (outcome) {
      case ParseOutcome.Parsed(Extraction extraction) -> extraction.text();
      case ParseOutcome.Failed(FailureCode code, String message) ->
          throw new AssertionError(code + " " + message);
    };
  }

  private static FailureCode failure(ParseOutcome outcome) {
    return switch (outcome) {
      case ParseOutcome.Parsed(Extraction e) ->
          throw new AssertionError("parsed " + e.text().length());
      case ParseOutcome.Failed(FailureCode code, String message) -> {
        assertThat(message).isNotBlank();
        yield code;
      }
    };
  }
}
