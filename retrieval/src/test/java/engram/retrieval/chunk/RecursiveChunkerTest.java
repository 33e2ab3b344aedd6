package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecursiveChunkerTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new RecursiveChunker(MAX_TOKENS, 20);
  }

  @Test
  void paragraphsThatFitTogetherStayTogetherAndLongOnesAreCutAtSentences() {
    String longOne = "It is said that the rate of this year was higher. ".repeat(20).strip();
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "One."),
                new Part(Block.Kind.PARAGRAPH, 0, "Two."),
                new Part(Block.Kind.PARAGRAPH, 0, longOne),
                new Part(Block.Kind.PARAGRAPH, 0, "Three.")));
    List<String> texts =
        new RecursiveChunker(100, 0).chunk(e).stream().map(chunk -> chunk.text(e)).toList();
    assertThat(texts.getFirst()).isEqualTo("One.\n\nTwo.");
    assertThat(texts.getLast()).isEqualTo("Three.");
    assertThat(texts.subList(1, texts.size() - 1))
        .hasSizeGreaterThan(1)
        .allMatch(text -> text.startsWith("It is") && text.endsWith("higher."));
  }

  @Test
  void overlapIsWholePiecesOfTheChunkBefore() {
    Extraction e =
        extraction(
            List.of(
                new Part(
                    Block.Kind.PARAGRAPH,
                    0,
                    "Nine words are in this short plain sentence. ".repeat(40))));
    List<Chunk> chunks = new RecursiveChunker(100, 25).chunk(e);
    assertThat(chunks).hasSizeGreaterThan(3);
    for (int i = 1; i < chunks.size(); i++) {
      assertThat(chunks.get(i).start()).isLessThan(chunks.get(i - 1).end());
      assertThat(chunks.get(i).text(e)).startsWith("Nine words");
    }
  }
}
