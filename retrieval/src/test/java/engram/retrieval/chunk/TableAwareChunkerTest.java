package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableAwareChunkerTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new TableAwareChunker(MAX_TOKENS, 20);
  }

  @Test
  void everyPartOfALongTableHasItsHeaderAndTheTextAroundStandsApart() {
    StringBuilder rows = new StringBuilder("Station | Opened | Staff");
    for (int i = 0; i < 60; i++) {
      rows.append("\nHarbour ").append(i).append(" | 19").append(10 + i).append(" | ").append(i);
    }
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "Before the table."),
                new Part(Block.Kind.HEADING, 1, "Stations"),
                new Part(Block.Kind.TABLE, 1, rows.toString()),
                new Part(Block.Kind.PARAGRAPH, 0, "After the table.")));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks).hasSizeGreaterThan(5);
    assertThat(chunks.getFirst().text(e)).isEqualTo("Before the table.");
    assertThat(chunks.get(1).text(e)).startsWith("Stations\n\nStation | Opened");
    assertThat(chunks.get(1).context()).isEmpty();
    assertThat(chunks.getLast().text(e)).isEqualTo("After the table.");
    for (Chunk chunk : chunks.subList(2, chunks.size() - 1)) {
      assertThat(chunk.context()).isEqualTo("Station | Opened | Staff");
      assertThat(chunk.text(e)).startsWith("Harbour").matches("(?s).*\\| \\d+");
      assertThat(Tokens.count(chunk.context() + "\n" + chunk.text(e)))
          .isLessThanOrEqualTo(MAX_TOKENS);
      assertThat(chunk.kind()).isEqualTo(Chunk.Kind.TABLE);
    }
  }

  @Test
  void aCellWithLineEndsIsNotCutFromItsRow() {
    StringBuilder rows = new StringBuilder("name,note");
    for (int i = 0; i < 60; i++) {
      rows.append("\nharbour ").append(i).append(",\"line one\nline two\nline three\"");
    }
    String text = rows.toString();
    Block table = new Block(Block.Kind.TABLE, 1, 0, text.length(), 0, List.of());
    Extraction e = new Extraction(text, null, "text/csv", null, 1, List.of(), List.of(table));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks).hasSizeGreaterThan(3);
    for (Chunk chunk : chunks.subList(1, chunks.size())) {
      assertThat(chunk.text(e)).startsWith("harbour").endsWith("line three\"");
    }
  }

  @Test
  void aShortTableIsAChunkOfItsOwn() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "Before."),
                new Part(Block.Kind.TABLE, 1, "a | b\n1 | 2"),
                new Part(Block.Kind.PARAGRAPH, 0, "After.")));
    assertThat(chunker().chunk(e))
        .extracting(chunk -> chunk.text(e))
        .containsExactly("Before.", "a | b\n1 | 2", "After.");
  }
}
