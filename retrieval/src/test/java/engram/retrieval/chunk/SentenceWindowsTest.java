package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentenceWindowsTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new SentenceWindows(3, 2, MAX_TOKENS);
  }

  @Test
  void aWindowHasItsSentencesAndTheNextBeginsAStrideLater() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.HEADING, 1, "Numbers"),
                new Part(Block.Kind.PARAGRAPH, 0, "One is odd. Two is even. Three is odd."),
                new Part(Block.Kind.PARAGRAPH, 0, "Four is even. Five is odd. Six is even."),
                new Part(Block.Kind.HEADING, 1, "Letters"),
                new Part(Block.Kind.PARAGRAPH, 0, "A is first.")));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks)
        .extracting(chunk -> chunk.text(e).replace("\n\n", " "))
        .containsExactly(
            "Numbers One is odd. Two is even. Three is odd.",
            "Three is odd. Four is even. Five is odd.",
            "Five is odd. Six is even.",
            "Letters A is first.");
    assertThat(chunks.get(1).headingPath()).containsExactly("Numbers");
  }
}
