package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;
import static engram.retrieval.library.LibraryFixture.draft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Expired;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page.Cursor;
import engram.retrieval.Receipt;
import engram.retrieval.RefusedException;
import engram.retrieval.Upload;
import engram.retrieval.ingest.IngestPipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes: by time, by number, and all of a large collection at once.
class ForgettingTest {
  @TempDir Path folder;
  LibraryFixture fixture;
  Library library;
  IngestPipeline ingestion;
  Access admin;

  @BeforeEach
  void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
    ingestion = fixture.ingestion();
    admin = fixture.tenant();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void whatHasExpiredIsOfferedAndGoesWhenItIsDeleted() {
    String file = fixture.file(admin, "a.txt", "one").id();
    sql("update files set expires_at = now() - interval '1 hour'");
    String collection =
        library
            .createCollection(admin, new DocumentCollection.Draft("c", null, null, null, 1))
            .id();
    fixture.clock.advance(Duration.ofDays(2));
    fixture.collection(admin);

    List<Expired> expired = library.expired(10);
    assertThat(expired)
        .containsExactlyInAnyOrder(
            new Expired(admin.tenant(), Expired.Kind.FILE, file),
            new Expired(admin.tenant(), Expired.Kind.COLLECTION, collection));
    assertThat(library.expired(1)).hasSize(1);
    ingestion.sweep(Duration.ofHours(1));
    assertThat(library.file(admin, file).id()).as("until somebody deletes it").isEqualTo(file);

    List<Receipt> told = new ArrayList<>();
    for (Expired one : expired) {
      Receipt receipt = library.deleteExpired(one, told::add);
      assertThat(receipt.deletedBy()).isEqualTo("system");
      assertThat(told.getLast().id()).isEqualTo(receipt.id());
      assertThatThrownBy(() -> library.deleteExpired(one, told::add))
          .isInstanceOf(NotFoundException.class);
    }
    assertThat(library.expired(10)).isEmpty();
  }

  @Test
  void whatIsInUseAgainDoesNotExpire() {
    String file = fixture.file(admin, "a.txt", "one").id();
    Expired seen = new Expired(admin.tenant(), Expired.Kind.FILE, file);
    assertThatThrownBy(() -> library.deleteExpired(seen, receipt -> {}))
        .isInstanceOf(NotFoundException.class);
    assertThat(library.file(admin, file).id()).isEqualTo(file);
  }

  @Test
  void whatTheListenerThrowsUndoesTheDeletion() {
    String collection = fixture.collection(admin);
    String file = fixture.file(admin, "a.txt", "one").id();
    fixture.attach(admin, collection, file);
    fixture.drain(ingestion);
    long changes = library.headSeq();
    assertThatThrownBy(() ->
            library.deleteFile(
                admin,
                file,
                receipt -> {
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(library.document(admin, collection, file).chunkCount()).isEqualTo(1);
    assertThat(library.headSeq()).isEqualTo(changes);
    assertThat(library.receipts(admin, Cursor.first(5)).items()).isEmpty();
  }

  @Test
  void aLargeCollectionGoesInOneTransactionAndIsLookedFor() {
    String collection = fixture.collection(admin);
    String other = fixture.collection(admin);
    String file = fixture.file(admin, "a.txt", "one").id();
    Document stays = fixture.attach(admin, other, file);
    fixture.attach(admin, collection, file);
    fixture.drain(ingestion);
    many(collection, 2_500);
    fixture.index.applyNext();
    assertThat(fixture.count(admin, "select count(*) from documents")).isEqualTo(2_502);

    Access limited =
        new Access(admin.tenant(), "key_1", false, Set.of("user:ann"), Set.of(collection), null);
    sql(
        "update documents set readers = '{user:bob}' where id ="
            + " (select max(id) from documents where collection_id = '"
            + collection
            + "')");
    assertThatThrownBy(() -> library.deleteCollection(limited, collection))
        .isInstanceOf(RefusedException.class);
    sql("update documents set readers = '{}'");

    Receipt receipt = library.deleteCollection(limited, collection);
    assertThat(receipt.removed())
        .containsEntry("documents", 2_501L)
        .containsEntry("chunks", 2_501L);
    assertThat(receipt.verifiedAbsent()).isTrue();
    assertThat(fixture.count(admin, "select count(*) from documents")).isEqualTo(1);
    assertThat(fixture.count(admin, "select count(*) from jobs")).isEqualTo(1);
    assertThat(fixture.index.contains(stays.id())).isTrue();
    assertThat(library.headSeq())
        .isEqualTo(fixture.count(admin, "select max(seq) from index_changes"));
  }

  /// Searchable documents with a chunk each, as ingestion leaves them.
  private void many(String collection, int count) {
    sql(
        """
        insert into files (id, tenant_id, filename, purpose, version, sha256, bytes, created_by)
          select 'file-' || n, engram_tenant(), n || '.txt', 'assistants', 1, md5(n::text), 1, 'x'
          from generate_series(1, %1$d) n;
        insert into documents (tenant_id, collection_id, file_id, status, created_by)
          select engram_tenant(), '%2$s', 'file-' || n, 'completed', 'x'
          from generate_series(1, %1$d) n;
        insert into chunks (tenant_id, collection_id, document_id, content_hash, ordinal,
            span_start, span_end, page_from, page_to, tokens, text)
          select tenant_id, collection_id, id, 'x', 0, 0, 1, 0, 0, 1, 'x' from documents
          where collection_id = '%2$s' and file_id ~ '^file-[0-9]{1,5}$';
        """
            .formatted(count, collection));
    for (Long[] chunk :
        fixture
            .column(
                admin.tenant(),
                String.class,
                "select document_id || ' ' || id from chunks where text = 'x'")
            .stream()
            .map(row ->
                new Long[] {Long.valueOf(row.split(" ")[0]), Long.valueOf(row.split(" ")[1])})
            .toList()) {
      fixture
          .store
          .transactions()
          .inTenant(
              admin.tenant(),
              () ->
                  new Outbox(fixture.store)
                      .chunksChanged(chunk[0], new Long[] {chunk[1]}, new Long[0]));
    }
  }

  @Test
  void theLastVersionsAndThoseThatAreShownStay() {
    String collection = fixture.collection(admin);
    String file = null;
    for (int version = 1; version <= 6; version++) {
      file = library.putFile(admin, "k", "a.txt", null, bytes("text " + version)).file().id();
      if (version == 2) {
        library.addDocument(admin, collection, draft(file));
        fixture.drain(ingestion);
      }
    }
    assertThat(fixture.blobs()).hasSize(6);
    ingestion.forgetOld(Duration.ofDays(365), 3, Duration.ofDays(7));
    assertThat(
            fixture.column(
                admin.tenant(),
                Integer.class,
                "select version from file_versions order by version"))
        .containsExactly(2, 4, 5, 6);
    assertThat(fixture.blobs()).hasSize(4);
    assertThat(library.text(admin, file, 2)).isEqualTo("text 2");
    fixture.drain(ingestion);
    ingestion.forgetOld(Duration.ofDays(365), 1, Duration.ofDays(7));
    assertThat(fixture.blobs()).hasSize(1);
    assertThat(library.text(admin, file, 0)).isEqualTo("text 6");
    String gone = file;
    assertThatThrownBy(() -> library.text(admin, gone, 2)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void receiptsAreForgottenWithTime() {
    library.deleteFile(admin, fixture.file(admin, "a.txt", "one").id());
    fixture.clock.advance(Duration.ofDays(100));
    Receipt late = library.deleteFile(admin, fixture.file(admin, "b.txt", "one").id());
    ingestion.forgetOld(Duration.ofDays(90), 1, Duration.ofDays(7));
    assertThat(library.receipts(admin, Cursor.first(5)).items()).containsExactly(late);
  }

  @Test
  void anUploadGoesWithItsFile() {
    Upload done = uploaded("the name says all.txt");
    Receipt receipt = library.deleteFile(admin, done.file().id());
    assertThat(receipt.removed()).containsEntry("uploads", 1L);
    assertThat(fixture.count(admin, "select count(*) from uploads")).isZero();
    assertThatThrownBy(() -> library.cancelUpload(admin, done.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void uploadsThatEndedAreForgottenAfterADay() {
    String kept = uploaded("kept.txt").id();
    uploaded("of an older release.txt");
    sql("update uploads set file_id = null where filename like 'of an older release%'");
    library.cancelUpload(admin, started("cancelled.txt"));
    started("expired.txt");
    fixture.clock.advance(Duration.ofHours(2));
    ingestion.sweep(Duration.ofHours(1));
    ingestion.forgetOld(Duration.ofDays(365), 10, Duration.ofDays(7));
    assertThat(fixture.count(admin, "select count(*) from uploads")).isEqualTo(4);

    fixture.clock.advance(Duration.ofDays(1));
    String pending = started("pending.txt");
    ingestion.forgetOld(Duration.ofDays(365), 10, Duration.ofDays(7));
    assertThat(fixture.column(admin.tenant(), String.class, "select id from uploads"))
        .containsExactlyInAnyOrder(kept, pending);
  }

  private String started(String name) {
    return library.startUpload(admin, name, "assistants", "text/plain", 3).id();
  }

  private Upload uploaded(String name) {
    String upload = started(name);
    String part = library.addPart(admin, upload, bytes("abc")).id();
    return library.completeUpload(admin, upload, List.of(part), null);
  }

  @Test
  void aVersionIsReadByItsOwnName() {
    String collection = fixture.collection(admin);
    String file = library.putFile(admin, "k", "a.md", null, bytes("same")).file().id();
    library.addDocument(admin, collection, draft(file));
    library.addDocument(
        admin,
        collection,
        draft(fixture.file(admin, "b.txt", "same").id(), Map.of(), Set.of(), null));
    fixture.drain(ingestion);
    sql("update extractions set text = 'as Markdown' where type_hint = 'md'");
    library.putFile(admin, "k", "a.txt", null, bytes("other"));
    assertThat(library.text(admin, file, 1)).isEqualTo("as Markdown");
  }

  private void sql(String statements) {
    UUID tenant = admin.tenant();
    fixture
        .store
        .transactions()
        .inTenant(
            tenant,
            () -> {
              for (String statement : statements.split(";\\s*\n")) {
                fixture.store.sql().sql(statement).update();
              }
            });
  }
}
