package engram.retrieval.library;

import static engram.retrieval.library.BuildsFixture.UNCUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import engram.retrieval.Build;
import engram.retrieval.Build.Status;
import engram.retrieval.Calibration;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// A build is made, compared, activated and taken back, whatever happens meanwhile.
class BuildsTest extends BuildsScenario {
  @Test
  void aBuildIsMadeBesideTheOneThatServes() {
    String file = put("a", TEXT);
    fixture.drain();
    Document before = fixture.library.library.document(admin, collection, file);
    int parses = fixture.library.parses.get();
    Build build = started(UNCUT);
    assertThat(build.id()).isEqualTo(1);
    assertThat(build.status()).isEqualTo(Status.BUILDING);
    assertThat(build.progress()).isEqualTo(new Build.Progress(0, 0, 1));

    fixture.ingestion.buildNext("w", () -> false);
    assertThat(now(1).status()).as("not in the index yet").isEqualTo(Status.BUILDING);
    assertThat(fixture.library.library.document(admin, collection, file).status())
        .as("the document's status is the serving build's")
        .isEqualTo(DocumentStatus.COMPLETED);
    fixture.follow();
    assertThat(now(1).status()).isEqualTo(Status.READY);
    assertThat(now(1).progress()).isEqualTo(new Build.Progress(1, 0, 1));
    assertThat(fixture.library.parses.get()).as("the text was kept").isEqualTo(parses);
    assertThat(texts(null, "alpha")).containsExactly("alpha one");
    assertThat(texts(1, "alpha")).containsExactly(TEXT);
    assertThat(texts(0, "alpha")).containsExactly("alpha one");
    Document after = fixture.library.library.document(admin, collection, file);
    assertThat(after.updatedAt()).isEqualTo(before.updatedAt());
    assertThat(after.usageBytes()).isGreaterThan(before.usageBytes());
    assertThat(after.chunkCount()).isEqualTo(2);
    assertThat(fixture.library.library.chunks(admin, collection, file, 0, 9).items()).hasSize(2);
    assertThat(fixture.library.library.chunks(admin, collection, file, 1, 0, 9).items())
        .extracting(Hit::text)
        .containsExactly(TEXT);
  }

  @Test
  void activatingSwitchesSearchesChunksAndNewDocumentsAndRollingBackSwitchesBack() {
    String file = put("a", TEXT);
    fixture.drain();
    started(UNCUT);
    fixture.drain();
    Build serving = fixture.builds.activate(admin, collection, 1, false);
    assertThat(serving.status()).isEqualTo(Status.SERVING);
    assertThat(now(0).status()).isEqualTo(Status.RETIRED);
    put("b", "alpha three\n\ngamma");
    fixture.drain();
    assertThat(texts(null, "alpha"))
        .containsExactly("alpha one\n\nbeta two", "alpha three\n\ngamma");
    assertThat(fixture.library.library.document(admin, collection, file).chunkCount()).isEqualTo(1);
    assertThat(fixture.library.library.collection(admin, collection).chunking())
        .isEqualTo(BuildsFixture.WHOLE);

    assertThat(fixture.builds.rollback(admin, collection, false).id()).isZero();
    assertThat(texts(null, "alpha")).containsExactly("alpha one", "alpha three");
    assertThat(fixture.library.library.document(admin, collection, file).chunkCount()).isEqualTo(2);
    assertThat(fixture.library.library.collection(admin, collection).chunking()).isNull();
    assertThat(now(1).status()).isEqualTo(Status.RETIRED);
    assertRefused(
        "candidate_exists",
        () -> {
          started(UNCUT);
          started(UNCUT);
        });
  }

  /// What a way back finds is what a collection finds that never went anywhere.
  @Test
  void aCalibrationGoesAndComesWithItsBuild() {
    put("a", TEXT);
    fixture.drain();
    Calibration fitted = new Calibration(0.9, 0.5, 0.3, 0.2);
    fixture.library.library.calibrate(admin, collection, null, fitted);
    started(UNCUT);
    fixture.drain();
    fixture.builds.activate(admin, collection, 1, false);
    assertThat(fixture.library.library.calibration(admin, collection, null)).isNull();
    Calibration later = new Calibration(1.6, 0.9, 0, 0.8);
    fixture.library.library.calibrate(admin, collection, null, later);
    fixture.builds.rollback(admin, collection, false);
    assertThat(fixture.library.library.calibration(admin, collection, null)).isEqualTo(fitted);
    fixture.builds.activate(admin, collection, 1, false);
    assertThat(fixture.library.library.calibration(admin, collection, null)).isEqualTo(later);
  }

  @Test
  void aCandidateIsCalibratedBeforeItServes() {
    put("a", TEXT);
    fixture.drain();
    StoredLibrary library = fixture.library.library;
    Calibration served = new Calibration(0.9, 0.5, 0.3, 0.2);
    library.calibrate(admin, collection, 0, served);
    started(UNCUT);
    fixture.drain();
    assertThat(library.calibration(admin, collection, 1)).isNull();
    Calibration candidate = new Calibration(1.6, 0.9, 0, 0.8);
    library.calibrate(admin, collection, 1, candidate);
    assertThat(library.calibration(admin, collection, 1)).isEqualTo(candidate);
    assertThat(library.calibration(admin, collection, null)).isEqualTo(served);
    fixture.builds.activate(admin, collection, 1, false);
    assertThat(library.calibration(admin, collection, null)).isEqualTo(candidate);
    assertThat(library.calibration(admin, collection, 0)).isEqualTo(served);
    assertThatThrownBy(() -> library.calibrate(admin, collection, 7, served))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> library.calibration(admin, collection, 7))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void rollingBackFindsWhatTheOldBuildWouldHaveFound() {
    String control = fixture.library.collection(admin);
    for (String into : List.of(collection, control)) {
      fixture.put(admin, into, "a", "red fox\n\nblue whale and red ant");
      fixture.put(admin, into, "b", "red deer\n\ngreen fox");
      fixture.drain();
      if (into.equals(collection)) {
        started(UNCUT);
        fixture.drain();
        fixture.builds.activate(admin, collection, 1, false);
      }
    }
    fixture.put(admin, collection, "a", "red fox\n\nanother whale");
    for (String into : List.of(collection, control)) {
      fixture.put(admin, into, "c", "a fox in the red snow\n\nwhale");
      fixture.drain();
      fixture.library.library.deleteDocument(
          admin, into, fixture.library.library.fileByKey(admin, "b").id());
    }
    fixture.builds.rollback(admin, collection, false);
    fixture.drain();
    for (String query : List.of("fox", "red", "whale", "red fox snow", "green")) {
      assertThat(fixture.hits(admin, collection, null, query))
          .as(query)
          .extracting(Hit::text, Hit::score)
          .containsExactlyElementsOf(
              fixture.hits(admin, control, null, query).stream()
                  .map(hit -> tuple(hit.text(), hit.score()))
                  .toList());
    }
  }

  /// Documents come, change and go, and workers are killed, at random while a build is made.
  @Test
  void whateverHappensMeanwhileBothBuildsHaveAllOfIt() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    TreeMap<String, String> expected = new TreeMap<>();
    fixture.beforeCut =
        text -> {
          if (random.nextInt(4) == 0) {
            throw new Killed();
          }
        };
    for (int step = 0; step < 80; step++) {
      String key = "k" + random.nextInt(6);
      switch (random.nextInt(7)) {
        case 0, 1, 2 -> {
          String text = "word p" + random.nextInt(3) + "\n\nword q" + random.nextInt(50);
          expected.put(key, text);
          put(key, text);
        }
        case 3 -> {
          if (expected.remove(key) != null) {
            String file = fixture.library.library.fileByKey(admin, key).id();
            fixture.library.library.deleteDocument(admin, collection, file);
          }
        }
        case 4, 5 -> killed(() -> fixture.ingestion.ingestNext("w"));
        default -> killed(() -> fixture.ingestion.buildNext("b", random::nextBoolean));
      }
      if (step == 20) {
        started(UNCUT);
      }
      if (random.nextInt(3) == 0) {
        fixture.follow();
      }
    }
    fixture.beforeCut = text -> {};
    fixture.endLeases();
    fixture.drain();
    fixture.ingestion.sweep(Duration.ofHours(1));
    fixture.drain();
    for (var entry : expected.entrySet()) { // its workers may have been lost too often
      put(entry.getKey(), entry.getValue());
    }
    fixture.drain();
    List<String> paragraphs = new ArrayList<>();
    expected.values().forEach(text -> paragraphs.addAll(List.of(text.split("\n\n"))));
    assertThat(now(1).status()).as("-Dseed=%d", seed).isEqualTo(Status.READY);
    assertThat(now(1).progress().missing()).as("-Dseed=%d", seed).isZero();
    assertThat(texts(null, "word"))
        .as("-Dseed=%d", seed)
        .containsExactlyInAnyOrderElementsOf(paragraphs);
    assertThat(texts(1, "word"))
        .as("-Dseed=%d", seed)
        .containsExactlyInAnyOrderElementsOf(expected.values());
  }

  private static void killed(Runnable step) {
    try {
      step.run();
    } catch (Killed e) {
      fixture.endLeases();
    }
    fixture.endLeases();
  }

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aDocumentThatIsBeingReadWhenTheBuildBeginsIsInBoth() {
    AtomicBoolean begun = new AtomicBoolean();
    fixture.beforeCut =
        text -> {
          if (!begun.getAndSet(true)) {
            started(UNCUT);
            fixture.beforeCut = later -> {};
            fixture.ingestion.buildNext("b", () -> false); // finds nothing to do, and is ready
          }
        };
    put("a", TEXT);
    fixture.ingestion.ingestNext("w");
    fixture.follow();
    assertThat(texts(null, "alpha")).containsExactly("alpha one");
    assertThat(texts(1, "alpha")).containsExactly(TEXT);
    assertThat(now(1).progress()).isEqualTo(new Build.Progress(1, 0, 1));
    fixture.builds.discard(admin, collection, 1);
    fixture.drain();
  }

  @Test
  void aKilledWorkerLosesOneDocumentAtMost() {
    for (int i = 0; i < 5; i++) {
      put("k" + i, "text " + i);
    }
    fixture.drain();
    started(UNCUT);
    AtomicInteger left = new AtomicInteger(3);
    fixture.beforeCut =
        text -> {
          if (left.decrementAndGet() < 0) {
            throw new Killed();
          }
        };
    assertThatThrownBy(() -> fixture.ingestion.buildNext("w", () -> false))
        .isInstanceOf(Killed.class);
    assertThat(now(1).progress().documentsDone()).isEqualTo(3);
    fixture.beforeCut = text -> {};
    int cuts = fixture.cuts.get();
    assertThat(fixture.ingestion.buildNext("other", () -> false)).as("still held").isFalse();
    fixture.endLeases();
    fixture.drain();
    assertThat(fixture.cuts.get() - cuts).isEqualTo(2);
    assertThat(now(1).status()).isEqualTo(Status.READY);
  }

  @Test
  void everySearchSeesWhollyTheOldOrWhollyTheNewBuild() throws Exception {
    for (int i = 0; i < 4; i++) {
      put("k" + i, "word a" + i + "\n\nword b" + i);
    }
    fixture.drain();
    started(UNCUT);
    fixture.drain();
    AtomicBoolean done = new AtomicBoolean();
    List<Future<Integer>> searches = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 2; i++) {
        searches.add(
            threads.submit(() -> {
              int seen = 0;
              while (!done.get()) {
                List<String> texts = texts(null, "word");
                long whole = texts.stream().filter(text -> text.contains("\n")).count();
                assertThat(texts).hasSize(whole > 0 ? 4 : 8);
                assertThat(whole).isIn(0L, 4L);
                seen |= whole > 0 ? 2 : 1;
              }
              return seen;
            }));
      }
      for (int i = 0; i < 60; i++) {
        fixture.builds.activate(admin, collection, 1 - i % 2, false);
      }
      done.set(true);
      for (Future<Integer> search : searches) {
        assertThat(search.get()).as("both were seen").isEqualTo(3);
      }
    } finally {
      done.set(true);
    }
  }
}
