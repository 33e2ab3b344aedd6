package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;
import static engram.retrieval.library.LibraryFixture.draft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.Filter;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page.Cursor;
import engram.retrieval.RefusedException;
import engram.retrieval.StoredFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PermissionsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @TempDir static Path folder;
  static LibraryFixture fixture;
  static Library library;

  @BeforeAll
  static void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private static Filter team(String team) {
    return new Filter.Comparison("team", Filter.Operator.EQ, team);
  }

  /// Lists, single look-ups, chunks and counts against the definition, for random keys.
  @Test
  void nobodySeesMoreOrLessThanTheDefinitionSays() {
    Random random = new Random(SEED);
    List<Access> tenants = List.of(fixture.tenant(), fixture.tenant());
    List<Document> all = new ArrayList<>();
    for (Access admin : tenants) {
      List<String> collections = List.of(fixture.collection(admin), fixture.collection(admin));
      for (int i = 0; i < 20; i++) {
        String file = fixture.file(admin, i + ".txt", "text " + i).id();
        Set<String> readers = random.nextInt(3) == 0 ? Set.of() : Set.of("p" + random.nextInt(3));
        Map<String, Object> attributes = Map.of("team", "t" + random.nextInt(2));
        all.add(
            library.addDocument(
                admin, collections.get(i % 2), draft(file, attributes, readers, null)));
      }
    }
    Set<String> collections = new HashSet<>();
    all.forEach(document -> collections.add(document.collectionId()));
    for (int round = 0; round < 30; round++) {
      int at = random.nextInt(2);
      Access key =
          new Access(
              tenants.get(at).tenant(),
              "key_" + round,
              random.nextInt(3) == 0,
              Set.of("p" + random.nextInt(3)),
              random.nextBoolean()
                  ? null
                  : Set.of(all.get(at * 20 + random.nextInt(2)).collectionId()),
              random.nextBoolean() ? null : team("t" + random.nextInt(2)));
      check(key, all.subList(at * 20, at * 20 + 20), all, collections, round);
    }
  }

  private void check(
      Access key, List<Document> own, List<Document> all, Set<String> collections, int round) {
    Set<Long> allowed = new HashSet<>();
    for (Document d : own) {
      if (key.mayUse(d.collectionId()) && key.mayRead(d.readers(), d.attributes())) {
        allowed.add(d.id());
      }
    }
    Set<Long> listed = new HashSet<>();
    int counted = 0;
    for (String collection : collections) {
      try {
        library
            .documents(key, collection, null, Cursor.first(7))
            .items()
            .forEach(document -> listed.add(document.id()));
        String after = null;
        boolean more = true;
        while (more) {
          var page = library.documents(key, collection, null, new Cursor(3, true, after, null));
          page.items().forEach(document -> listed.add(document.id()));
          more = page.hasMore();
          after = page.items().isEmpty() ? null : page.items().getLast().fileId();
        }
        counted += library.collection(key, collection).counts().total();
      } catch (NotFoundException e) {
        assertThat(
                key.mayUse(collection)
                    && own.stream().anyMatch(d -> d.collectionId().equals(collection)))
            .isFalse();
      }
    }
    assertThat(listed).as("-Dseed=%d, round %d", SEED, round).isEqualTo(allowed);
    assertThat(counted).as("-Dseed=%d, round %d", SEED, round).isEqualTo(allowed.size());
    for (Document d : all) {
      boolean seen = true;
      try {
        library.document(key, d.collectionId(), d.fileId());
        library.chunks(key, d.collectionId(), d.fileId(), 0, 1);
        library.file(key, d.fileId());
      } catch (NotFoundException e) {
        seen = false;
      }
      assertThat(seen).as("-Dseed=%d, round %d", SEED, round).isEqualTo(allowed.contains(d.id()));
    }
  }

  @Test
  void aKeyWithAFilterWritesOnlyWhatItCanRead() {
    Access admin = fixture.tenant();
    String collection = fixture.collection(admin);
    Access key = new Access(admin.tenant(), "k", true, Set.of(), null, team("a"));
    String file = fixture.file(key, "a.txt", "x").id();
    assertThatThrownBy(() -> library.addDocument(key, collection, draft(file)))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.FORBIDDEN));
    library.addDocument(key, collection, draft(file, Map.of("team", "a"), Set.of(), null));
    assertThatThrownBy(
            () -> library.updateDocument(key, collection, file, Map.of("team", "b"), null))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void whoDoesNotSeeAllOfAFileCannotChangeItEverywhere() {
    Access admin = fixture.tenant();
    StoredFile file = library.putFile(admin, "k", "a.txt", null, bytes("x")).file();
    String mine = fixture.collection(admin);
    String other = fixture.collection(admin);
    fixture.attach(admin, mine, file.id());
    fixture.attach(admin, other, file.id());
    Access key = new Access(admin.tenant(), "key", true, Set.of(), Set.of(mine), null);
    assertThatThrownBy(() -> library.deleteFile(key, file.id()))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> library.putFile(key, "k", "a.txt", null, bytes("y")))
        .isInstanceOf(RefusedException.class);
    assertThat(library.deleteDocument(key, mine, file.id()).removed())
        .containsEntry("documents", 1L);
    assertThatThrownBy(() -> library.file(key, file.id())).isInstanceOf(NotFoundException.class);
  }

  @Test
  void withoutAScopeTheDatabaseShowsNothing() {
    Access admin = fixture.tenant();
    fixture.attach(admin, fixture.collection(admin), fixture.file(admin, "a.txt", "x").id());
    for (String table :
        List.of("files", "file_versions", "documents", "collections", "blobs", "chunks")) {
      assertThat(
              fixture
                  .database
                  .jdbc()
                  .sql("select count(*) from " + table)
                  .query(Long.class)
                  .single())
          .as(table)
          .isZero();
    }
  }
}
