package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Chunking;
import engram.retrieval.Chunking.Context;
import engram.retrieval.Chunking.Strategy;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Surroundings;
import engram.retrieval.chunk.Chunkers;
import engram.retrieval.ingest.Cutter;
import engram.retrieval.ingest.IngestPipeline;
import engram.retrieval.ingest.Piece;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Chunkings as they are kept, and chunks with what stands around them.
class ChunkSurroundingsTest {
  private static final Pattern PARAGRAPH = Pattern.compile("(?s)\\S.*?(?=\\s*\n\n|\\s*$)");

  /// The real chunkers on paragraphs; one that begins with `#` is a heading.
  private static final Cutter REAL =
      (extraction, chunking) -> {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = PARAGRAPH.matcher(extraction.text());
        while (matcher.find()) {
          boolean heading = extraction.text().charAt(matcher.start()) == '#';
          blocks.add(
              new Block(
                  heading ? Block.Kind.HEADING : Block.Kind.PARAGRAPH,
                  heading ? 1 : 0,
                  matcher.start(),
                  matcher.end(),
                  1,
                  List.of()));
        }
        Extraction with =
            new Extraction(
                extraction.text(), null, "text/plain", "en", 1, List.of(), List.copyOf(blocks));
        return Piece.of(with, Chunkers.of(chunking).chunk(with));
      };

  @TempDir static Path folder;
  static LibraryFixture fixture;
  static Library library;
  static IngestPipeline ingestion;

  final Access admin = fixture.tenant();

  @BeforeAll
  static void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
    ingestion = fixture.ingestion(REAL, null, null, LibraryFixture.LEASE);
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private String collection(Chunking chunking) {
    return library
        .createCollection(admin, new DocumentCollection.Draft("c", null, null, chunking, null))
        .id();
  }

  private Document ingested(String collection, String key, String text, Set<String> readers) {
    String file = library.putFile(admin, key, "a.txt", null, bytes(text)).file().id();
    library.addDocument(admin, collection, LibraryFixture.draft(file, Map.of(), readers, null));
    fixture.drain(ingestion);
    return library.document(admin, collection, file);
  }

  private static String sections() {
    StringBuilder text = new StringBuilder();
    for (int section = 0; section < 4; section++) {
      text.append("# Section ").append(section).append("\n\n");
      for (int i = 0; i < 10; i++) {
        text.append("In section ").append(section).append(" the remark 😀 number ").append(i);
        text.append(" says what has to be said about it.  \n\n \n");
      }
    }
    return text.toString();
  }

  @Test
  void everyChunkKnowsItsNeighboursAndTheExactTextOfItsParent() {
    for (Strategy strategy : Strategy.values()) {
      String collection = collection(Chunking.of(strategy, 100, null, null, null));
      Document document = ingested(collection, strategy.id(), sections(), Set.of());
      String text = library.text(admin, document.fileId(), 0);
      List<Hit> chunks = library.chunks(admin, collection, document.fileId(), 0, 500).items();
      assertThat(chunks).hasSizeGreaterThan(3);
      for (int i = 0; i < chunks.size(); i++) {
        Surroundings around = library.around(admin, collection, chunks.get(i).chunkId(), 2);
        assertThat(around.chunk()).isEqualTo(chunks.get(i));
        assertThat(around.before()).isEqualTo(chunks.subList(Math.max(0, i - 2), i));
        assertThat(around.after()).isEqualTo(chunks.subList(i + 1, Math.min(chunks.size(), i + 3)));
        Surroundings.Parent parent = around.parent();
        assertThat(parent.text())
            .as("%s %d", strategy, i)
            .isEqualTo(text.substring(parent.source().span().start(), parent.source().span().end()))
            .contains(chunks.get(i).text());
        assertThat(parent.chunkIds()).contains(chunks.get(i).chunkId());
      }
      assertThat(chunks)
          .as("%s: there is something to expand to", strategy)
          .anyMatch(chunk ->
              library.around(admin, collection, chunk.chunkId(), 0).parent().chunkIds().size() > 1);
    }
  }

  @Test
  void whatMovesWithTheTextIsMovedAndNotMadeAnew() {
    String collection = collection(new Chunking(100, 0));
    Document document = ingested(collection, "moving", sections(), Set.of());
    List<Long> before = ids(collection, document);
    ingested(collection, "moving", "# New\n\nFirst of all.\n\n" + sections(), Set.of());
    List<Long> after = ids(collection, document);
    assertThat(after).containsAll(before.subList(1, before.size()));
    String text = library.text(admin, document.fileId(), 0);
    for (long id : after) {
      Surroundings.Parent parent = library.around(admin, collection, id, 0).parent();
      assertThat(parent.text())
          .isEqualTo(text.substring(parent.source().span().start(), parent.source().span().end()));
    }
  }

  private List<Long> ids(String collection, Document document) {
    return library.chunks(admin, collection, document.fileId(), 0, 500).items().stream()
        .map(Hit::chunkId)
        .toList();
  }

  @Test
  void whoMayNotReadTheDocumentDoesNotFindTheChunk() {
    String collection = collection(null);
    Document document = ingested(collection, "secret", "One.", Set.of("user:ann"));
    long chunk = ids(collection, document).getFirst();
    Access bob = new Access(admin.tenant(), "key_bob", false, Set.of("user:bob"), null, null);
    Access elsewhere =
        new Access(admin.tenant(), "key_x", true, Set.of(), Set.of("vs_other"), null);
    assertThat(library.around(admin, collection, chunk, 0).chunk().text()).isEqualTo("One.");
    for (Access stranger : List.of(bob, elsewhere, fixture.tenant())) {
      assertThatThrownBy(() -> library.around(stranger, collection, chunk, 0))
          .isInstanceOf(NotFoundException.class);
    }
    assertThatThrownBy(() -> library.around(admin, collection(null), chunk, 0))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> library.around(admin, collection, chunk, 21))
        .hasMessageContaining("neighbours 21");
  }

  @Test
  void achunkFromBeforeThereWereParentsIsItsOwn() {
    String collection = collection(null);
    Document document = ingested(collection, "old", sections(), Set.of());
    fixture
        .store
        .transactions()
        .inTenant(
            admin.tenant(),
            () -> {
              fixture
                  .store
                  .sql()
                  .sql("update chunks set parent_start = null, parent_end = null, gap = null")
                  .update();
            });
    long chunk = ids(collection, document).getFirst();
    Surroundings around = library.around(admin, collection, chunk, 1);
    assertThat(around.parent().chunkIds()).containsExactly(chunk);
    assertThat(around.after()).hasSize(1);
  }

  @Test
  void chunkingsAreKeptAsTheyWereGiven() {
    for (Strategy strategy : Strategy.values()) {
      Chunking.Window window = strategy == Strategy.SENTENCES ? new Chunking.Window(4, 2) : null;
      Chunking chunking =
          Chunking.of(strategy, 300, strategy.overlaps() ? 20 : 0, window, Context.MODEL);
      String collection = collection(chunking);
      assertThat(library.collection(admin, collection).chunking()).isEqualTo(chunking);
      String file = fixture.file(admin, "b.txt", "text").id();
      library.addDocument(
          admin, collection, LibraryFixture.draft(file, Map.of(), Set.of(), chunking));
      assertThat(library.document(admin, collection, file).chunking()).isEqualTo(chunking);
      library.addDocument(admin, collection, new Document.Draft(file, null, null, null, true));
      assertThat(library.document(admin, collection, file).chunking()).isNull();
    }
  }

  @Test
  void aWholeThatIsTooLongIsCutWithANote() {
    String collection = collection(Chunking.of(Strategy.WHOLE, 100, null, null, null));
    Document document = ingested(collection, "whole", sections(), Set.of());
    assertThat(document.chunkCount()).isGreaterThan(1);
    assertThat(document.warnings()).anyMatch(warning -> warning.contains("more than 100 tokens"));
  }
}
