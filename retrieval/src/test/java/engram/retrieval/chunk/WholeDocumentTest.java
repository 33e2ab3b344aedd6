package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Chunking;
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

  /// Of the vocabulary of embedding models Greek takes twice as many tokens as of the one by which
  /// chunks are measured.
  @Test
  void whatAnEmbeddingModelCannotReadIsCut() {
    String greek = "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας και η μεγαλύτερη πόλη της. ".repeat(320);
    Extraction e = extraction(List.of(new Part(Block.Kind.PARAGRAPH, 0, greek)));
    assertThat(Tokens.count(e.text())).isLessThan(Chunking.WHOLE_TOKENS_MAX);
    List<Chunk> chunks = new WholeDocument(Chunking.WHOLE_TOKENS_MAX).chunk(e);
    assertThat(chunks)
        .hasSizeGreaterThan(1)
        .allSatisfy(chunk ->
            assertThat(Tokens.countEmbedded(chunk.text(e)))
                .isLessThanOrEqualTo(Chunking.WHOLE_TOKENS_MAX));
  }
}
