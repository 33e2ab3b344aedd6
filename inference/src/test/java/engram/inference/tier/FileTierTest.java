package engram.inference.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.KvTier.PartKey;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTierTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @TempDir Path folder;

  private static PartKey key(long part) {
    return new PartKey("model", "owner", part);
  }

  private static byte[] random(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Optional<byte[]> get(FileTier tier, PartKey key) {
    return tier.get(key).join().map(bytes -> bytes.toArray(ValueLayout.JAVA_BYTE));
  }

  private static boolean put(FileTier tier, PartKey key, byte[] bytes) {
    return tier.put(key, MemorySegment.ofArray(bytes)).join();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void whatComesBackIsWhatWentInAlsoAfterAReopening() throws IOException {
    Random random = new Random(SEED);
    Map<Long, byte[]> stored = new HashMap<>();
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      for (int i = 0; i < 60; i++) {
        long part = random.nextInt(20);
        byte[] bytes = random(random, random.nextInt(2000));
        assertThat(put(tier, key(part), bytes)).isTrue();
        stored.put(part, bytes);
      }
      tier.evict(key(3));
      stored.remove(3L);
    }
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      for (long part = 0; part < 20; part++) {
        assertThat(get(tier, key(part)).orElse(null))
            .as("-Dseed=%d, part %d", SEED, part)
            .isEqualTo(stored.get(part));
      }
      assertThat(get(tier, new PartKey("model", "other", 1))).isEmpty();
    }
  }

  @Test
  void theFolderNeverHoldsMoreThanItsBoundAndTheOldestGo() throws IOException {
    Random random = new Random(SEED);
    try (FileTier tier = new FileTier(folder, 5000)) {
      for (int part = 0; part < 30; part++) {
        assertThat(put(tier, key(part), random(random, 800))).isTrue();
        // Part 0 is used all the time, so it stays.
        assertThat(get(tier, key(0))).isPresent();
        long size = 0;
        for (Path file : files()) {
          size += Files.size(file);
        }
        assertThat(size).isLessThanOrEqualTo(5000).isEqualTo(tier.usedBytes());
      }
      assertThat(get(tier, key(1))).isEmpty();
      assertThat(put(tier, key(99), random(random, 6000))).isFalse();
    }
    try (FileTier tier = new FileTier(folder, 1000)) {
      assertThat(tier.usedBytes()).isLessThanOrEqualTo(1000);
    }
  }

  @Test
  void anyFlippedByteAndAnyCutIsNoticed() throws IOException {
    Random random = new Random(SEED);
    byte[] bytes = random(random, 50);
    for (int round = 0; round < 120; round++) {
      try (FileTier tier = new FileTier(folder, 1 << 20)) {
        assertThat(put(tier, key(1), bytes)).isTrue();
        Path file = files().getFirst();
        byte[] whole = Files.readAllBytes(file);
        if (round < 100) {
          int at = random.nextInt(whole.length);
          whole[at] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, whole);
        } else {
          Files.write(file, java.util.Arrays.copyOf(whole, random.nextInt(whole.length)));
        }
        assertThat(get(tier, key(1))).as("-Dseed=%d, round %d", SEED, round).isEmpty();
        assertThat(files()).isEmpty();
        assertThat(tier.usedBytes()).isZero();
      }
    }
  }

  @Test
  void aFileUnderAnotherPartsNameIsNotTakenForIt() throws IOException {
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      put(tier, key(1), new byte[] {1});
      Path one = files().getFirst();
      byte[] content = Files.readAllBytes(one);
      put(tier, key(2), new byte[] {2});
      for (Path file : files()) {
        Files.write(file, content);
      }
      assertThat(get(tier, key(1))).contains(new byte[] {1});
      assertThat(get(tier, key(2))).isEmpty();
    }
  }

  @Test
  void whatACrashLeftUnfinishedIsCleanedUp() throws IOException {
    Files.writeString(folder.resolve("abc.kv.7.tmp"), "half of a page");
    Files.writeString(folder.resolve("notes.txt"), "somebody else's");
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      assertThat(files()).containsExactly(folder.resolve("notes.txt"));
      assertThat(tier.usedBytes()).isZero();
    }
  }

  @Test
  void theOldestOnDiskGoFirstAfterAReopening() throws IOException {
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      put(tier, key(1), new byte[100]);
      Files.setLastModifiedTime(files().getFirst(), FileTime.fromMillis(1000));
      put(tier, key(2), new byte[100]);
    }
    try (FileTier tier = new FileTier(folder, 200)) {
      assertThat(get(tier, key(1))).isEmpty();
      assertThat(get(tier, key(2))).isPresent();
    }
  }

  @Test
  void manyAtOnceDoNotDisturbEachOther() throws IOException {
    Random random = new Random(SEED);
    byte[][] bytes = new byte[50][];
    try (FileTier tier = new FileTier(folder, 1 << 20)) {
      CompletableFuture<?>[] puts = new CompletableFuture<?>[50];
      for (int i = 0; i < 50; i++) {
        bytes[i] = random(random, 1000);
        puts[i] = tier.put(key(i), MemorySegment.ofArray(bytes[i]));
      }
      CompletableFuture.allOf(puts).join();
      for (int i = 0; i < 50; i++) {
        assertThat(get(tier, key(i))).contains(bytes[i]);
      }
    }
  }

  @Test
  void filesAreTheOwnersAlone() throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileTier tier = new FileTier(folder, 1 << 20)) {
        put(tier, key(1), new byte[10]);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files().getFirst())))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void writingWhereNothingCanBeWrittenFailsTheFuture() throws IOException {
    try (FileTier tier = new FileTier(folder.resolve("gone"), 1 << 20)) {
      Files.delete(folder.resolve("gone"));
      assertThatThrownBy(() -> put(tier, key(1), new byte[10]))
          .hasRootCauseInstanceOf(IOException.class);
      assertThat(tier.usedBytes()).isZero();
    }
  }
}
