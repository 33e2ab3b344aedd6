package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenWindowsTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new TokenWindows(MAX_TOKENS, 30);
  }

  @Test
  void windowsAreFullAndRepeatTheEndOfTheOneBefore() {
    Extraction e =
        extraction(
            List.of(new Part(Block.Kind.PARAGRAPH, 0, "alpha beta gamma delta ".repeat(200))));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allMatch(chunk -> chunk.tokens() > 90 && chunk.tokens() <= 100);
    for (int i = 1; i < chunks.size(); i++) {
      String repeated = e.text().substring(chunks.get(i).start(), chunks.get(i - 1).end());
      assertThat(Tokens.count(repeated)).isBetween(20, 31);
    }
  }

  @Test
  void windowsOverlapWhereNoSpacesAreWrittenToo() {
    String sentence = "図書館は月曜日を除く毎日九時に開館し、\uD842\uDFB7野家は隣にあります。";
    Extraction e = extraction(List.of(new Part(Block.Kind.PARAGRAPH, 0, sentence.repeat(40))));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks).hasSizeGreaterThan(5);
    for (int i = 1; i < chunks.size(); i++) {
      String repeated = e.text().substring(chunks.get(i).start(), chunks.get(i - 1).end());
      assertThat(Tokens.count(repeated)).isBetween(20, 31);
      assertThat(Character.isLowSurrogate(repeated.charAt(0))).isFalse();
    }
  }
}
