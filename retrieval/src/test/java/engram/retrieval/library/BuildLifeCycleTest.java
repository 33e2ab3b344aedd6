package engram.retrieval.library;

import static engram.retrieval.library.BuildsFixture.UNCUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import engram.retrieval.Access;
import engram.retrieval.Analysis;
import engram.retrieval.Build;
import engram.retrieval.Build.Status;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.Receipt;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What goes wrong with builds, and how they end.
class BuildLifeCycleTest extends BuildsScenario {
  @Test
  void aDocumentThatCannotBeMadeIsCountedAndActivationAsks() {
    put("good", "fine");
    String file = put("bad", "poison");
    fixture.drain();
    fixture.beforeCut =
        text -> {
          if (text.equals("poison")) {
            throw new IllegalStateException("planted");
          }
        };
    started(UNCUT);
    fixture.drain();
    Build build = now(1);
    assertThat(build.status()).isEqualTo(Status.READY);
    assertThat(build.progress()).isEqualTo(new Build.Progress(1, 1, 2));
    assertThat(build.failures())
        .extracting(Build.Failure::fileId, Build.Failure::code)
        .containsExactly(tuple(file, "internal_error"));
    assertRefused("build_has_failures", () -> fixture.builds.activate(admin, collection, 1, false));
    assertThat(fixture.builds.activate(admin, collection, 1, true).status())
        .isEqualTo(Status.SERVING);
    assertThat(texts(null, "poison")).isEmpty();
    fixture.beforeCut = text -> {};
    put("bad", "poison no more");
    fixture.drain();
    assertThat(now(1).progress().missing()).isZero();
    assertThat(texts(null, "poison")).containsExactly("poison no more");
  }

  @Test
  void anotherModelsTroubleKeepsNoDocumentFromTheBuildThatServes() {
    put("a", TEXT);
    fixture.drain();
    started(new Build.Draft(null, null, BuildsFixture.MODEL));
    fixture.drain();
    assertThat(now(1).status()).isEqualTo(Status.READY);
    fixture.library.beforeEmbed.set(() -> {
      throw new IllegalStateException("planted: 503");
    });
    String file = put("b", "gamma");
    fixture.ingestion.ingestNext("w");
    fixture.follow();
    assertThat(fixture.library.library.document(admin, collection, file).status())
        .isEqualTo(DocumentStatus.COMPLETED);
    assertThat(now(1).progress()).isEqualTo(new Build.Progress(1, 0, 2));
    assertRefused("build_has_failures", () -> fixture.builds.activate(admin, collection, 1, false));
    fixture.library.beforeEmbed.set(() -> {});
    fixture.drain();
    assertThat(now(1).progress().missing()).isZero();
    fixture.builds.activate(admin, collection, 1, false);
    assertThat(
            fixture.library.count(
                admin,
                "select count(*) from chunks where build = 1 and embedding_model = 'other/model'"))
        .isEqualTo(3);
    assertThat(texts(null, "gamma")).as("with vectors every chunk is near").hasSize(3);
    assertThat(texts(0, "gamma")).containsExactly("gamma");
  }

  @Test
  void aBuildHasAnAnalysisOfItsOwn() {
    put("a", "The runners were running\n\nDie Häuser der Stadt");
    fixture.drain();
    started(BuildsFixture.analysed(Analysis.Language.NONE));
    fixture.drain();
    assertThat(texts(null, "runs")).hasSize(1);
    assertThat(texts(1, "runs")).isEmpty();
    List<Hit> written = fixture.hits(admin, collection, 1, "the running");
    assertThat(written).hasSize(1);
    assertThat(written.getFirst().highlights()).hasSize(2);
    fixture.builds.discard(admin, collection, 1);
    fixture.drain();
    started(BuildsFixture.analysed(Analysis.Language.DE));
    fixture.drain();
    assertThat(texts(2, "haus")).hasSize(1);
    assertThat(texts(null, "haus")).isEmpty();
    assertThat(now(2).configuration().analysis().language()).isEqualTo(Analysis.Language.DE);
  }

  @Test
  void whatIsDiscardedIsGoneAndWhatServesCannotBe() {
    String file = put("a", TEXT);
    fixture.drain();
    long usage = fixture.library.library.collection(admin, collection).usageBytes();
    started(UNCUT);
    fixture.drain();
    assertRefused("build_serves", () -> fixture.builds.discard(admin, collection, 0));
    assertThat(fixture.builds.discard(admin, collection, 1).status()).isEqualTo(Status.CANCELLED);
    assertThatThrownBy(() -> texts(1, "alpha")).isInstanceOf(NotFoundException.class);
    assertRefused("build_not_ready", () -> fixture.builds.activate(admin, collection, 1, true));
    fixture.drain();
    assertThatThrownBy(() -> now(1)).isInstanceOf(NotFoundException.class);
    assertThat(fixture.library.count(admin, "select count(*) from chunks")).isEqualTo(2);
    assertThat(fixture.library.library.collection(admin, collection).usageBytes()).isEqualTo(usage);
    long id = fixture.library.library.document(admin, collection, file).id();
    assertThat(fixture.library.index.chunksOf(id)).hasSize(2);
    assertThat(started(UNCUT).id()).as("never used twice").isEqualTo(2);
  }

  @Test
  void aRetiredBuildGoesWhenItsTimeIsOver() {
    put("a", TEXT);
    fixture.drain();
    started(UNCUT);
    fixture.drain();
    fixture.builds.activate(admin, collection, 1, false);
    fixture.ingestion.forgetOld(Duration.ofDays(365), 10, Duration.ofDays(7));
    assertThat(now(0).status()).isEqualTo(Status.RETIRED);
    fixture.library.clock.advance(Duration.ofDays(8));
    fixture.ingestion.forgetOld(Duration.ofDays(365), 10, Duration.ofDays(7));
    fixture.drain();
    assertThat(fixture.builds.list(admin, collection)).extracting(Build::id).containsExactly(1);
    assertRefused("no_retired_build", () -> fixture.builds.rollback(admin, collection, false));
    assertThat(texts(null, "alpha")).containsExactly(TEXT);
    put("a", "alpha anew");
    fixture.drain();
    assertThat(texts(null, "alpha")).containsExactly("alpha anew");
  }

  @Test
  void deletingTakesEveryBuildsChunks() {
    String file = put("a", TEXT);
    fixture.drain();
    started(UNCUT);
    fixture.drain();
    Receipt receipt = fixture.library.library.deleteDocument(admin, collection, file);
    assertThat(receipt.removed()).containsEntry("chunks", 3L);
    put("b", "alpha");
    fixture.drain();
    fixture.library.library.deleteCollection(admin, collection);
    for (String table : Set.of("chunks", "collection_builds", "build_documents")) {
      assertThat(fixture.library.count(admin, "select count(*) from " + table)).as(table).isZero();
    }
    assertThat(fixture.library.count(admin, "select count(*) from jobs where kind = 'build'"))
        .isZero();
  }

  @Test
  void builtForOneTenantExistsForNoOther() {
    put("a", TEXT);
    fixture.drain();
    started(UNCUT);
    fixture.drain();
    Access other = fixture.library.tenant();
    assertThatThrownBy(() -> fixture.builds.list(other, collection))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> fixture.builds.activate(other, collection, 1, true))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> fixture.builds.discard(other, collection, 1))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> fixture.texts(other, collection, 1, "alpha"))
        .isInstanceOf(NotFoundException.class);
    assertThat(fixture.library.count(other, "select count(*) from collection_builds")).isZero();
  }

  @Test
  void aModelThatNobodyConfiguredIsRefused() {
    assertRefused(
        "unknown_embedding_model", () -> started(new Build.Draft(null, null, "unheard of")));
    assertThat(fixture.builds.list(admin, collection))
        .extracting(Build::id, Build::status)
        .containsExactly(tuple(0, Status.SERVING));
  }
}
