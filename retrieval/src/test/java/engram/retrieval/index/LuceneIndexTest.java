package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuceneIndexTest {
  private static final IndexSettings SMALL = new IndexSettings(1 << 20, 1 << 20, 3, 1 << 30, 2, 0);

  private final LibraryRows rows = new LibraryRows();
  @TempDir Path folder;
  private LuceneIndex index;

  @BeforeEach
  void open() {
    index = open(folder);
  }

  @AfterEach
  void close() {
    index.close();
    rows.close();
  }

  private LuceneIndex open(Path where) {
    return LuceneIndex.open(where, SMALL, rows.transactions(), rows.dataSource());
  }

  private void apply() {
    LibraryRows.applyAll(index);
  }

  private Set<Long> chunkIds() {
    return chunkIds(index, MatchAllDocsQuery.INSTANCE);
  }

  private static Set<Long> chunkIds(LuceneIndex index, Query query) {
    try (IndexView view = index.view()) {
      Set<Long> ids = new TreeSet<>();
      var searcher = new IndexSearcher(view.reader());
      for (ScoreDoc hit : searcher.search(query, 10_000).scoreDocs) {
        for (var leaf : searcher.getLeafContexts()) {
          int doc = hit.doc - leaf.docBase;
          if (doc >= 0 && doc < leaf.reader().maxDoc()) {
            var numbers = leaf.reader().getNumericDocValues(ChunkFields.CHUNK_ID);
            assertThat(numbers.advanceExact(doc)).isTrue();
            assertThat(ids.add(numbers.longValue())).as("a chunk is there once").isTrue();
          }
        }
      }
      return ids;
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDocumentIsFoundAfterItsChangeAndGoneAfterItsDeletion() {
    long document = rows.add("one", "two");
    assertThat(index.contains(document)).isFalse();
    apply();
    assertThat(index.contains(document)).isTrue();
    assertThat(chunkIds()).containsExactlyElementsOf(rows.chunkIds(document));
    assertThat(index.appliedSeq()).isEqualTo(rows.headSeq());
    rows.delete(rows.tenant, document);
    apply();
    assertThat(index.contains(document)).isFalse();
    assertThat(chunkIds()).isEmpty();
  }

  @Test
  void anIndexThatRestsPutsItsSegmentsInOrderAndKeepsThemSo() throws InterruptedException {
    for (int document = 0; document < 6; document++) {
      rows.add("text of " + document);
      apply();
    }
    assertThat(segments(index)).isGreaterThan(1);
    Set<Long> before = chunkIds();
    rest(index, 1);
    assertThat(chunkIds()).isEqualTo(before);
    Path copy = folder.resolveSibling(folder.getFileName() + "-killed");
    copyTree(folder, copy); // what a kill leaves: no commit was asked for
    try (LuceneIndex again = open(copy)) {
      assertThat(segments(again)).isEqualTo(1);
      assertThat(again.appliedSeq()).isEqualTo(rows.headSeq());
    }
    rows.add("one more");
    apply();
    assertThat(chunkIds()).hasSize(before.size() + 1);
  }

  private static void rest(LuceneIndex index, int segments) throws InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (segments(index) > segments) {
      assertThat(Instant.now()).as("the index never rested").isBefore(deadline);
      index.awaitSignal(Duration.ofMillis(100));
      index.applyNext();
    }
  }

  private static int segments(LuceneIndex index) {
    try (IndexView view = index.view()) {
      return view.reader().leaves().size();
    }
  }

  @Test
  void anEditTakesTheOldChunksAway() {
    long document = rows.add("one", "two", "three");
    apply();
    rows.replaceChunks(document, rows.draft("four", "five"));
    apply();
    assertThat(chunkIds()).containsExactlyElementsOf(rows.chunkIds(document));
  }

  @Test
  void nothingIsLostOrDoubledWhenTheProcessDiesBetweenTwoCommits() {
    long kept = rows.add("kept");
    long edited = rows.add("before");
    apply();
    index.commit();
    rows.replaceChunks(edited, rows.draft("after", "more"));
    long deleted = rows.add("short life");
    index.applyNext();
    index.applyNext();
    Path copy = folder.resolveSibling(folder.getFileName() + "-killed");
    copyTree(folder, copy); // what a kill leaves: the files, and no commit
    rows.delete(rows.tenant, deleted);
    try (LuceneIndex again = open(copy)) {
      assertThat(again.appliedSeq()).isEqualTo(2);
      LibraryRows.applyAll(again);
      Set<Long> expected = new TreeSet<>(rows.chunkIds(kept));
      expected.addAll(rows.chunkIds(edited));
      assertThat(chunkIds(again, MatchAllDocsQuery.INSTANCE)).isEqualTo(expected);
    }
  }

  @Test
  void randomHistoriesEndAlikeByStepsByReplayAndByRebuild() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    List<Long> documents = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      int what = random.nextInt(10);
      if (documents.isEmpty() || what < 4) {
        documents.add(rows.add(texts(random)));
      } else {
        long document = documents.get(random.nextInt(documents.size()));
        if (what < 7) {
          rows.replaceChunks(document, rows.draft(texts(random)));
        } else if (what == 7) {
          rows.delete(rows.tenant, document);
          documents.remove(document);
        } else if (what == 8) {
          index.applyNext();
        } else {
          index.commit();
          index.close();
          index = open(folder);
        }
      }
    }
    apply();
    Set<Long> expected = new TreeSet<>();
    documents.forEach(document -> expected.addAll(rows.chunkIds(document)));
    assertThat(chunkIds()).as("-Dseed=%d", seed).isEqualTo(expected);
    index.rebuild(progress -> {});
    assertThat(chunkIds()).as("-Dseed=%d", seed).isEqualTo(expected);
  }

  private static String[] texts(Random random) {
    String[] texts = new String[1 + random.nextInt(4)];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "word" + random.nextInt(100);
    }
    return texts;
  }

  @Test
  void aSearchSeesAllOfADocumentsOldChunksOrAllOfItsNewOnes() throws Exception {
    long document = rows.add("v0 a", "v0 b", "v0 c", "v0 d");
    apply();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<AssertionError> failure = new AtomicReference<>();
    Query all = new TermQuery(ChunkFields.documentTerm(document));
    List<Set<Long>> states = new CopyOnWriteArrayList<>();
    states.add(new TreeSet<>(rows.chunkIds(document)));
    // Not the common pool: on a machine with two cores it has one thread.
    Executor threads = Thread.ofPlatform()::start;
    Runnable search =
        () -> {
          while (!stop.get()) {
            try {
              Set<Long> seen = chunkIds(index, all);
              assertThat(states.stream().anyMatch(seen::equals)).as("%s", seen).isTrue();
            } catch (AssertionError e) {
              failure.compareAndSet(null, e);
            }
          }
        };
    Runnable apply =
        () -> {
          while (!stop.get()) {
            index.applyNext();
          }
        };
    var searching = CompletableFuture.runAsync(search, threads);
    var applying = CompletableFuture.runAsync(apply, threads);
    for (int version = 1; version <= 30; version++) {
      String[] texts = new String[3 + version % 4];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = "v" + version + " " + i;
      }
      rows.transactions()
          .inTenant(
              rows.tenant,
              () -> {
                // In one transaction, so that the state is known before it can be seen.
                rows.replaceChunks(document, rows.draft(texts));
                states.add(new TreeSet<>(rows.chunkIds(document)));
              });
    }
    boolean applied = index.awaitApplied(rows.headSeq(), Duration.ofSeconds(90));
    stop.set(true);
    searching.get(30, TimeUnit.SECONDS);
    applying.get(30, TimeUnit.SECONDS); // says why, if it gave up
    assertThat(applied).isTrue();
    assertThat(failure.get()).isNull();
    assertThat(chunkIds()).containsExactlyElementsOf(rows.chunkIds(document));
  }

  @Test
  void aDamagedIndexIsBuiltAnew() throws Exception {
    long document = rows.add("one", "two");
    apply();
    index.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".cfs") || name.endsWith(".doc") || name.endsWith(".tim")) {
          byte[] bytes = Files.readAllBytes(file);
          bytes[bytes.length / 2] ^= 0x55;
          Files.write(file, bytes);
        }
      }
    }
    index = open(folder);
    assertThat(index.appliedSeq()).isZero();
    assertThat(index.state().rebuilding()).isTrue();
    apply();
    assertThat(chunkIds()).containsExactlyElementsOf(rows.chunkIds(document));
  }

  @Test
  void aFolderWithHalfItsFilesIsBuiltAnew() throws Exception {
    long document = rows.add("one");
    apply();
    index.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.getFileName().toString().startsWith("_")) {
          Files.delete(file);
        }
      }
    }
    index = open(folder);
    apply();
    assertThat(index.contains(document)).isTrue();
  }

  @Test
  void anIndexOfAnotherDatabaseIsNotUsed() {
    rows.add("one");
    apply();
    index.close();
    rows.becomeAnotherDatabase();
    index = open(folder);
    assertThat(index.appliedSeq()).isZero();
    apply();
    assertThat(index.appliedSeq()).isEqualTo(rows.headSeq());
  }

  @Test
  void anIndexThatMissedPrunedChangesIsBuiltAnew() throws Exception {
    long document = rows.add("one");
    Path behind = folder.resolveSibling(folder.getFileName() + "-behind");
    apply();
    index.commit();
    copyTree(folder, behind);
    rows.replaceChunks(document, rows.draft("two"));
    apply();
    assertThat(index.prune(0)).as("what is not durable here is kept").isEqualTo(1);
    index.commit();
    assertThat(index.prune(0)).isEqualTo(2);
    try (LuceneIndex late = open(behind)) {
      LibraryRows.applyAll(late);
      assertThat(chunkIds(late, MatchAllDocsQuery.INSTANCE))
          .containsExactlyElementsOf(rows.chunkIds(document));
    }
  }

  @Test
  void aRebuildServesTheOldAndTakesUpWhatHappensMeanwhile() {
    long document = rows.add("one", "two", "three");
    apply();
    List<Long> during = new ArrayList<>();
    index.rebuild(progress -> {
      assertThat(index.contains(document)).isTrue();
      assertThat(index.state().rebuilding()).isTrue();
      if (progress.chunksDone() == 2) {
        during.add(rows.add("new"));
      }
    });
    assertThat(index.contains(during.getFirst())).isTrue();
    assertThat(index.appliedSeq()).isEqualTo(rows.headSeq());
    assertThat(index.state().rebuilding()).isFalse();
    try (Stream<Path> left = Stream.of(folder.toFile().listFiles()).map(java.io.File::toPath)) {
      assertThat(left.filter(Files::isDirectory)).as("the old one is deleted").hasSize(1);
    }
    index.close();
    index = open(folder);
    assertThat(index.appliedSeq()).as("the new one is the one that is opened").isEqualTo(2);
  }

  @Test
  void aRebuildIsWholeOnDiskWhenTheProcessDiesRightAfterIt() {
    long document = rows.add("one", "two", "three");
    apply();
    index.rebuild(progress -> {});
    Path copy = folder.resolveSibling(folder.getFileName() + "-killed");
    copyTree(folder, copy); // what a kill leaves: the files, and no commit
    try (LuceneIndex again = open(copy)) {
      LibraryRows.applyAll(again);
      assertThat(chunkIds(again, MatchAllDocsQuery.INSTANCE))
          .containsExactlyElementsOf(rows.chunkIds(document));
    }
  }

  @Test
  void waitingEndsWhenTheChangeIsSeenOrTheTimeIsOver() throws Exception {
    rows.add("one");
    assertThat(index.awaitApplied(1, Duration.ofMillis(20))).isFalse();
    var waiting =
        CompletableFuture.supplyAsync(() -> index.awaitApplied(1, Duration.ofSeconds(20)));
    apply();
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aSignalWakesTheApplier() throws Exception {
    var waiting =
        CompletableFuture.runAsync(() -> {
          try {
            index.awaitSignal(Duration.ofSeconds(60));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    index.signal();
    waiting.get(20, TimeUnit.SECONDS);
  }

  @Test
  void everyTenantsChangesArrive() {
    var other = rows.newTenant();
    long mine = rows.add("mine");
    long theirs = rows.add(rows.draft("theirs").in(other, rows.newCollection(other)));
    apply();
    assertThat(index.contains(mine)).isTrue();
    assertThat(index.contains(theirs)).isTrue();
    rows.delete(other, theirs);
    apply();
    assertThat(index.contains(mine)).isTrue();
    assertThat(index.contains(theirs)).isFalse();
  }

  @Test
  void aClosedIndexSaysSo() {
    index.close();
    assertThatThrownBy(index::view).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(index::applyNext).isInstanceOf(IllegalStateException.class);
  }

  private static void copyTree(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("write.lock")) {
          Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
      }
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
