package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;
import static engram.retrieval.library.LibraryFixture.draft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Chunking;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page.Cursor;
import engram.retrieval.Receipt;
import engram.retrieval.RefusedException;
import engram.retrieval.StoredFile;
import engram.retrieval.ingest.IngestPipeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryLifeCycleTest {
  @TempDir static Path folder;
  static LibraryFixture fixture;
  static Library library;
  static IngestPipeline ingestion;

  final Access admin = fixture.tenant();

  @BeforeAll
  static void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
    ingestion = fixture.ingestion();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  @Test
  void aFileBecomesSearchableAndGoesAgain() throws Exception {
    StoredFile file = fixture.file(admin, "C:\\docs\\no\u0000te.md", "# A\n\none\n\ntwo");
    assertThat(file.filename()).isEqualTo("note.md");
    assertThat(file.id()).matches("file-[a-z0-9]{24,}");
    assertThat(library.file(admin, file.id())).isEqualTo(file);
    assertThat(Files.readString(library.content(admin, file.id()))).isEqualTo("# A\n\none\n\ntwo");
    String collection = fixture.collection(admin);
    assertThat(collection).matches("vs_[a-z0-9]{24,}");

    Document queued = fixture.attach(admin, collection, file.id());
    assertThat(queued.status()).isEqualTo(DocumentStatus.IN_PROGRESS);
    assertThat(queued.progress().stage()).isEqualTo("queued");
    assertThat(ingestion.ingestNext("w")).isTrue();

    Document stored = library.document(admin, collection, file.id());
    assertThat(stored.status())
        .as("stored, but not in the index")
        .isEqualTo(DocumentStatus.IN_PROGRESS);
    assertThat(library.collection(admin, collection).counts().inProgress()).isEqualTo(1);
    fixture.index.applyNext();
    Document done = library.document(admin, collection, file.id());
    assertThat(done.status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(done.chunkCount()).isEqualTo(2);
    assertThat(done.version()).isEqualTo(1);
    assertThat(library.collection(admin, collection).counts().completed()).isEqualTo(1);
    assertThat(library.text(admin, file.id(), 0)).isEqualTo("# A\n\none\n\ntwo");

    var chunks = library.chunks(admin, collection, file.id(), 0, 10).items();
    assertThat(chunks).extracting("text").containsExactly("one", "two");
    assertThat(chunks.getFirst().source().headingPath()).containsExactly("A");
    var span = chunks.get(1).source().span();
    assertThat("# A\n\none\n\ntwo".substring(span.start(), span.end())).isEqualTo("two");

    Receipt receipt = library.deleteFile(admin, file.id());
    assertThat(receipt.verifiedAbsent()).isTrue();
    assertThat(receipt.removed())
        .containsEntry("documents", 1L)
        .containsEntry("chunks", 2L)
        .containsEntry("extracted_texts", 1L)
        .containsEntry("blobs", 1L);
    assertThat(library.receipt(admin, receipt.id())).isEqualTo(receipt);
    assertThat(fixture.index.contains(done.id())).isFalse();
    assertThatThrownBy(() -> library.file(admin, file.id())).isInstanceOf(NotFoundException.class);
    for (String table :
        List.of("files", "file_versions", "documents", "chunks", "extractions", "blobs", "jobs")) {
      assertThat(fixture.count(admin, "select count(*) from " + table)).as(table).isZero();
    }
  }

  @Test
  void whatIsUnchangedCostsNothing() {
    Library.Put put = library.putFile(admin, "k", "a.txt", null, bytes("one\n\ntwo"));
    String collection = fixture.collection(admin);
    Document.Draft draft = draft(put.file().id(), Map.of("n", 1), Set.of(), null);
    library.addDocument(admin, collection, draft);
    fixture.drain(ingestion);
    int parses = fixture.parses.get();
    long changes = library.headSeq();

    library.addDocument(admin, collection, draft);
    assertThat(library.putFile(admin, "k", "a.txt", null, bytes("one\n\ntwo")).changed()).isFalse();
    assertThat(fixture.drain(ingestion)).as("jobs").isZero();
    // Another chunking that cuts alike has to be tried, but finds nothing to do.
    library.addDocument(
        admin,
        collection,
        draft(put.file().id(), Map.of("n", 1.0), Set.of(), new Chunking(200, 0)));
    assertThat(fixture.drain(ingestion)).isEqualTo(1);
    assertThat(fixture.parses.get()).isEqualTo(parses);
    assertThat(library.headSeq()).isEqualTo(changes);
  }

  @Test
  void puttingAgainLeavesTheChunkingThatIsNotNamed() {
    String collection = fixture.collection(admin);
    String file = library.putFile(admin, "k", "a.txt", null, bytes("one\n\ntwo")).file().id();
    Chunking own = new Chunking(800, 100);
    library.addDocument(admin, collection, draft(file, null, null, own));
    fixture.drain(ingestion);

    put(collection, null, null);
    library.addDocument(admin, collection, draft(file, null, null, null));
    assertThat(fixture.drain(ingestion)).as("jobs").isZero();
    assertThat(library.document(admin, collection, file).chunking()).isEqualTo(own);

    library.addDocument(admin, collection, new Document.Draft(file, null, null, null, true));
    assertThat(fixture.drain(ingestion)).isEqualTo(1);
    assertThat(library.document(admin, collection, file).chunking()).isNull();
  }

  @Test
  void otherAttributesOrReadersAreAChange() {
    String collection = fixture.collection(admin);
    assertThat(put(collection, null, null).created()).isTrue();
    assertThat(put(collection, null, null).changed()).isFalse();
    assertThat(put(collection, Map.of("n", 1), null).changed()).isTrue();
    assertThat(put(collection, Map.of("n", 1.0), null).changed()).isFalse();
    assertThat(put(collection, null, Set.of("user:ann")).changed()).isTrue();
    Library.PutDocument again = put(collection, null, Set.of("user:ann"));
    assertThat(again.changed()).isFalse();
    assertThat(again.created()).isFalse();
  }

  private Library.PutDocument put(
      String collection, Map<String, Object> attributes, Set<String> readers) {
    return library.putDocument(
        admin,
        collection,
        new Library.Original("k", "a.txt", null),
        attributes,
        readers,
        bytes("one\n\ntwo"),
        change -> {});
  }

  @Test
  void anEditedParagraphTouchesOnlyItsChunk() {
    StoredFile file =
        library.putFile(admin, "k", "a.txt", null, bytes("one\n\ntwo\n\nsame\n\nsame")).file();
    String collection = fixture.collection(admin);
    long document = fixture.attach(admin, collection, file.id()).id();
    IngestPipeline embedding = fixture.ingestion(fixture.embedder("m1"));
    fixture.drain(embedding);
    List<Long> before = chunkIds(collection, file);
    int embedded = fixture.embedded.get();

    library.putFile(admin, "k", "a.txt", null, bytes("one\n\nTWO and more\n\nsame\n\nsame"));
    assertThat(fixture.drain(embedding)).isEqualTo(1);
    List<Long> after = chunkIds(collection, file);

    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(1)).isNotEqualTo(before.get(1));
    assertThat(after.subList(2, 4)).isEqualTo(before.subList(2, 4));
    assertThat(fixture.embedded.get() - embedded).as("embedded").isEqualTo(1);
    assertThat(
            fixture.column(
                admin.tenant(),
                Integer.class,
                "select cardinality(added) + cardinality(removed) from index_changes order by seq desc"
                    + " limit 1"))
        .containsExactly(2);
    assertThat(fixture.index.chunksOf(document)).isEqualTo(Set.copyOf(after));
    var last = library.chunks(admin, collection, file.id(), 3, 1).items().getFirst();
    assertThat(last.source().span().start()).as("kept chunks move along").isEqualTo(25);
    assertThat(last.source().version()).isEqualTo(2);
    assertThat(library.text(admin, file.id(), 1)).isEqualTo("one\n\ntwo\n\nsame\n\nsame");
  }

  private List<Long> chunkIds(String collection, StoredFile file) {
    return library.chunks(admin, collection, file.id(), 0, 100).items().stream()
        .map(hit -> hit.chunkId())
        .toList();
  }

  @Test
  void aModelThatIsTurnedOnLaterReachesWhatIsThereAlready() {
    String collection = fixture.collection(admin);
    StoredFile file = fixture.file(admin, "late.txt", "no vector\n\nwas asked for then");
    long document = fixture.attach(admin, collection, file.id()).id();
    fixture.drain(fixture.ingestion());
    List<Long> before = chunkIds(collection, file);

    IngestPipeline embedding = fixture.ingestion(fixture.embedder("late"));
    fixture.beforeEmbed.set(() -> {
      throw new IllegalStateException("down");
    });
    assertThat(embedding.queueMissingVectors(10_000)).as("while the model is down").isZero();
    fixture.beforeEmbed.set(() -> {});
    assertThat(embedding.queueMissingVectors(10_000)).isPositive();
    fixture.drain(embedding);
    assertThat(
            fixture.count(
                admin,
                "select count(*) from chunks where embedding_model = 'late' and document_id = "
                    + document))
        .isEqualTo(2);
    assertThat(chunkIds(collection, file)).isEqualTo(before);
    assertThat(embedding.queueMissingVectors(10_000)).as("a second pass").isZero();
  }

  @Test
  void anotherModelEmbedsAnewAndEqualTextIsEmbeddedOnce() {
    String collection = fixture.collection(admin);
    fixture.attach(admin, collection, fixture.file(admin, "a.txt", "p\n\nq").id());
    IngestPipeline first = fixture.ingestion(fixture.embedder("m1"));
    int before = fixture.embedded.get();
    fixture.drain(first);
    String other = fixture.collection(admin);
    StoredFile copy = fixture.file(admin, "b.txt", "p\n\nq\n\np");
    fixture.attach(admin, other, copy.id());
    fixture.drain(first);
    assertThat(fixture.embedded.get() - before).isEqualTo(2);

    IngestPipeline second = fixture.ingestion(fixture.embedder("m2"));
    library.addDocument(admin, other, draft(copy.id(), Map.of(), Set.of(), new Chunking(300, 0)));
    List<Long> ids = chunkIds(other, copy);
    fixture.drain(second);
    assertThat(fixture.embedded.get() - before).isEqualTo(4);
    assertThat(chunkIds(other, copy)).isEqualTo(ids);
    assertThat(
            fixture.count(
                admin,
                "select count(*) from chunks where embedding_model = 'm2' and embedding[2] = 0.1::real"))
        .isEqualTo(3);
  }

  @Test
  void sixtyFourWritersOfOneKeyMakeOneFile() throws Exception {
    List<Callable<Library.Put>> writers =
        Collections.nCopies(64, () -> library.putFile(admin, "k", "a", null, bytes("same")));
    List<Library.Put> puts = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var put : threads.invokeAll(writers)) {
        puts.add(put.get());
      }
    }
    assertThat(puts).extracting(put -> put.file().id()).containsOnly(puts.getFirst().file().id());
    assertThat(puts).filteredOn(Library.Put::created).hasSize(1);
    assertThat(puts).filteredOn(Library.Put::changed).hasSize(1);
    assertThat(fixture.count(admin, "select count(*) from file_versions")).isEqualTo(1);
  }

  @Test
  void concurrentWritersOfDifferentBytesMakeOneVersionEach() throws Exception {
    List<Callable<Library.Put>> writers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      String text = "text " + i;
      writers.add(() -> library.putFile(admin, "k", "a", null, bytes(text)));
    }
    Set<Integer> versions = new HashSet<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var put : threads.invokeAll(writers)) {
        versions.add(put.get().file().version());
      }
    }
    assertThat(versions).hasSize(16).contains(1, 16);
    assertThat(fixture.count(admin, "select count(*) from files")).isEqualTo(1);
  }

  @Test
  void sharedBytesStayUntilTheLastFileGoes() {
    StoredFile one = fixture.file(admin, "1.txt", "shared bytes of two");
    StoredFile two = fixture.file(admin, "2.txt", "shared bytes of two");
    assertThat(library.content(admin, one.id())).isEqualTo(library.content(admin, two.id()));
    assertThat(library.deleteFile(admin, one.id()).removed()).containsEntry("blobs", 0L);
    assertThat(library.content(admin, two.id())).exists();
    Path path = library.content(admin, two.id());
    assertThat(library.deleteFile(admin, two.id()).removed()).containsEntry("blobs", 1L);
    assertThat(path).doesNotExist();
  }

  @Test
  void newAttributesReachTheIndexWithoutParsing() {
    StoredFile file = fixture.file(admin, "a.txt", "one\n\ntwo");
    String collection = fixture.collection(admin);
    Document document = fixture.attach(admin, collection, file.id());
    fixture.drain(ingestion);
    int parses = fixture.parses.get();
    long changes = library.headSeq();
    Document updated =
        library.updateDocument(
            admin, collection, file.id(), Map.of("team", "x"), Set.of("user:ann"));
    assertThat(updated.status()).isEqualTo(DocumentStatus.IN_PROGRESS);
    assertThat(library.headSeq()).isEqualTo(changes + 1);
    assertThat(
            fixture.column(
                admin.tenant(),
                Integer.class,
                "select cardinality(added) from index_changes order by seq desc limit 1"))
        .containsExactly(2);
    fixture.index.applyNext();
    Document now = library.document(admin, collection, file.id());
    assertThat(now.status()).isEqualTo(DocumentStatus.COMPLETED);
    assertThat(now.attributes()).isEqualTo(Map.of("team", "x"));
    assertThat(now.readers()).containsExactly("user:ann");
    assertThat(fixture.parses.get()).isEqualTo(parses);
    assertThat(document.id()).isEqualTo(now.id());
  }

  @Test
  void pagesShowEverythingOnceInBothDirections() {
    String collection = fixture.collection(admin);
    List<Document.Draft> drafts = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      drafts.add(draft(fixture.file(admin, i + ".txt", "t" + i).id()));
    }
    String batch = library.addBatch(admin, collection, drafts).id();
    for (boolean ascending : List.of(true, false)) {
      List<String> seen = new ArrayList<>();
      String after = null;
      boolean more = true;
      while (more) {
        var page =
            library.batchDocuments(
                admin, collection, batch, null, new Cursor(5, ascending, after, null));
        page.items().forEach(document -> seen.add(document.fileId()));
        after = page.items().getLast().fileId();
        more = page.hasMore();
      }
      assertThat(seen).hasSize(23).doesNotHaveDuplicates();
      var before =
          library.documents(admin, collection, null, new Cursor(5, ascending, null, seen.get(10)));
      assertThat(before.items()).extracting(Document::fileId).isEqualTo(seen.subList(5, 10));
      assertThat(before.hasMore()).isTrue();
    }
    assertThatThrownBy(
            () -> library.documents(admin, collection, null, new Cursor(5, true, "file-x", null)))
        .isInstanceOf(RefusedException.class);
    assertThat(library.collections(admin, Cursor.first(10)).items()).hasSize(1);
    assertThat(library.files(admin, "assistants", Cursor.first(100)).items()).hasSize(23);
    assertThat(library.files(admin, "other", Cursor.first(100)).items()).isEmpty();
  }

  @Test
  void aBatchCountsAndStopsWhatIsOnItsWay() {
    String collection = fixture.collection(admin);
    List<Document.Draft> drafts =
        List.of(
            draft(fixture.file(admin, "a.txt", "good").id()),
            draft(fixture.file(admin, "b.txt", "%BAD").id()),
            draft(fixture.file(admin, "c.txt", "late").id()));
    String batch = library.addBatch(admin, collection, drafts).id();
    assertThat(batch).startsWith("vsfb_");
    ingestion.ingestNext("w");
    ingestion.ingestNext("w");
    fixture.index.applyNext();
    assertThat(library.cancelBatch(admin, collection, batch).cancelled()).isTrue();
    fixture.drain(ingestion);
    var counts = library.batch(admin, collection, batch).counts();
    assertThat(counts.total()).isEqualTo(3);
    assertThat(counts.cancelled()).isEqualTo(1);
    assertThat(counts.inProgress()).isZero();
    assertThat(
            library
                .batchDocuments(
                    admin, collection, batch, DocumentStatus.CANCELLED, Cursor.first(10))
                .items())
        .hasSize(1);
  }

  @Test
  void aBatchThatHasEndedIsNotCancelled() {
    String collection = fixture.collection(admin);
    String file = fixture.file(admin, "a.txt", "good").id();
    String batch = library.addBatch(admin, collection, List.of(draft(file))).id();
    fixture.drain(ingestion);
    assertThat(library.cancelBatch(admin, collection, batch).cancelled()).isFalse();
    assertThat(library.batch(admin, collection, batch).cancelled()).isFalse();
  }

  @Test
  void deletingACollectionLeavesTheFiles() {
    String collection = fixture.collection(admin);
    StoredFile file = fixture.file(admin, "a.txt", "one");
    Document document = fixture.attach(admin, collection, file.id());
    fixture.drain(ingestion);
    Receipt receipt = library.deleteCollection(admin, collection);
    assertThat(receipt.verifiedAbsent()).isTrue();
    assertThat(receipt.removed()).containsEntry("collections", 1L).containsEntry("documents", 1L);
    assertThat(fixture.index.contains(document.id())).isFalse();
    assertThat(library.file(admin, file.id())).isEqualTo(file);
    assertThat(library.receipts(admin, Cursor.first(5)).items()).containsExactly(receipt);
  }

  @Test
  void aDeletionThatTheIndexDoesNotFollowSaysSo() {
    String collection = fixture.collection(admin);
    StoredFile file = fixture.file(admin, "a.txt", "one");
    fixture.attach(admin, collection, file.id());
    fixture.drain(ingestion);
    fixture.index.stuck = true;
    try {
      assertThat(library.deleteDocument(admin, collection, file.id()).verifiedAbsent()).isFalse();
    } finally {
      fixture.index.stuck = false;
    }
  }

  @Test
  void limitsOnAttributesAreEnforced() {
    String collection = fixture.collection(admin);
    String file = fixture.file(admin, "a.txt", "one").id();
    Map<String, Object> many = new java.util.HashMap<>();
    for (int i = 0; i < 17; i++) {
      many.put("k" + i, i);
    }
    for (Map<String, Object> bad :
        List.<Map<String, Object>>of(
            many,
            Map.of("k".repeat(65), 1),
            Map.of("k", "v".repeat(513)),
            Map.of("k", "nul\u0000"),
            Map.of("k", List.of(1)),
            Map.of("k", Double.NaN))) {
      assertThatThrownBy(
              () -> library.addDocument(admin, collection, draft(file, bad, Set.of(), null)))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.INVALID));
    }
  }

  @Test
  void readersThatNobodyCanBeAreRefused() {
    String collection = fixture.collection(admin);
    String file = fixture.file(admin, "a.txt", "one").id();
    for (String bad :
        List.of("", " ", "user: ann", "user:ann,user:bob", "x".repeat(257), "a\u0007", "\ud800")) {
      assertThatThrownBy(() ->
              library.addDocument(admin, collection, draft(file, Map.of(), Set.of(bad), null)))
          .as(bad)
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.INVALID));
    }
  }

  @Test
  void collectionsKeepWhatIsNotSet() {
    DocumentCollection made =
        library.createCollection(
            admin,
            new DocumentCollection.Draft("n", "d", Map.of("a", "b"), new Chunking(800, 100), 7));
    DocumentCollection renamed =
        library.updateCollection(
            admin, made.id(), new DocumentCollection.Draft("m", null, null, null, null));
    assertThat(renamed.name()).isEqualTo("m");
    assertThat(renamed).usingRecursiveComparison().ignoringFields("name").isEqualTo(made);
    assertThat(library.collection(admin, made.id())).isEqualTo(renamed);
  }
}
