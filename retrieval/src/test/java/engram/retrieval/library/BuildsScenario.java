package engram.retrieval.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Build;
import engram.retrieval.RefusedException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// A collection of its own for each test, and what is done with its builds again and again.
abstract class BuildsScenario {
  static final String TEXT = "alpha one\n\nbeta two";

  @TempDir static Path folder;
  static BuildsFixture fixture;

  final Access admin = fixture.library.tenant();
  final String collection = fixture.library.collection(admin);

  @BeforeAll
  static void open() {
    fixture = new BuildsFixture(folder);
  }

  @AfterEach
  void reset() {
    fixture.beforeCut = text -> {};
    fixture.library.beforeEmbed.set(() -> {});
    fixture.endLeases();
    fixture.drain();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  String put(String key, String text) {
    return fixture.put(admin, collection, key, text);
  }

  Build started(Build.Draft draft) {
    return fixture.builds.start(admin, collection, draft);
  }

  Build now(int build) {
    return fixture.builds.get(admin, collection, build);
  }

  List<String> texts(Integer build, String query) {
    return fixture.texts(admin, collection, build, query);
  }

  static void assertRefused(String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
