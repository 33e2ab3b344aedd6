package engram.memory.index;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.Event;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.MergePolicy.OneMerge;
import org.junit.jupiter.api.Test;

class EventIndexTest {
  private static final UUID TENANT = new UUID(0, 1);
  private final Path folder = MemoryFixture.temporary();

  /// Merges as slow as on a machine that has much else to do: the first waits until it may.
  private static final class Slow extends ConcurrentMergeScheduler {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch may = new CountDownLatch(1);

    @Override
    protected void doMerge(MergeSource source, OneMerge merge) throws IOException {
      begun.countDown();
      try {
        assertThat(may.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      super.doMerge(source, merge);
    }
  }

  private static void put(EventIndex index, long seq, String text) throws IOException {
    Instant now = Instant.parse("2024-01-01T00:00:00Z");
    Event event =
        new Event(
            seq,
            MemoryScope.of(TENANT, "ann"),
            "s",
            (int) seq,
            Role.USER,
            "",
            now,
            text,
            null,
            0.5,
            Map.of(),
            now);
    index.put(TENANT, seq, EventFields.document(event, null, false));
    index.publish(Map.of(TENANT, seq));
  }

  private boolean holds(String stem) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(stem)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsRemovedWhileItIsMergedStaysInNoFile() throws Exception {
    Slow slow = new Slow();
    EventIndex index = EventIndex.open(folder, TENANT, "none", () -> slow);
    try {
      for (long seq = 1; slow.begun.getCount() > 0; seq++) {
        assertThat(seq).as("a merge begins").isLessThan(100);
        put(index, seq, seq == 1 ? "zanzibarcanary was here" : "plain talk");
      }
      index.commit();
      assertThat(holds("zanzibarcanari")).as("the canary can be found at all").isTrue();
      index.remove(TENANT, 1);
      index.publish(Map.of());
      Thread late =
          Thread.startVirtualThread(() -> {
            LockSupport.parkNanos(500_000_000); // a scrub that waits for no merge is done by then
            slow.may.countDown();
          });
      index.scrub();
      late.join();
      slow.sync();
      assertThat(holds("zanzibarcanari")).isFalse();
      assertThat(holds("plain")).isTrue();
    } finally {
      index.close();
    }
  }
}
