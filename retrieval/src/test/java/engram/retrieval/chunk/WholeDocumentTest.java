package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeDocumentTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new WholeDocument(MAX_TOKENS);
  }

  @Test
  void whatFitsIsOneChunkWithAllItsSections() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.HEADING, 1, "Ticket"),
                new Part(Block.Kind.PARAGRAPH, 0, "It does not start."),
                new Part(Block.Kind.HEADING, 1, "Reply"),
                new Part(Block.Kind.PARAGRAPH, 0, "Plug it in.")));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks).hasSize(1);
    assertThat(chunks.getFirst().text(e)).isEqualTo(e.text());
  }
}
