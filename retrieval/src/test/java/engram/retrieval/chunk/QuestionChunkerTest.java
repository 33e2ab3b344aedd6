package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuestionChunkerTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new QuestionChunker(MAX_TOKENS);
  }

  @Test
  void aQuestionAndItsAnswerAreOneChunk() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.HEADING, 1, "Frequent questions"),
                new Part(Block.Kind.HEADING, 2, "How long is leave?"),
                new Part(Block.Kind.PARAGRAPH, 0, "Twenty weeks."),
                new Part(Block.Kind.HEADING, 2, "Who pays?"),
                new Part(Block.Kind.PARAGRAPH, 0, "We do."),
                new Part(Block.Kind.HEADING, 1, "Contact"),
                new Part(Block.Kind.PARAGRAPH, 0, "Write to us.")));
    assertThat(chunker().chunk(e))
        .extracting(chunk -> chunk.text(e))
        .containsExactly(
            "Frequent questions\n\nHow long is leave?\n\nTwenty weeks.",
            "Who pays?\n\nWe do.",
            "Contact\n\nWrite to us.");
  }

  @Test
  void linesAskToo() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "Welcome."),
                new Part(Block.Kind.PARAGRAPH, 0, "Q: How long\nA: Long.\nQ: How far\nA: Far."),
                new Part(Block.Kind.PARAGRAPH, 0, "你好吗？\n很好。")));
    assertThat(chunker().chunk(e))
        .extracting(chunk -> chunk.text(e))
        .containsExactly("Welcome.", "Q: How long\nA: Long.", "Q: How far\nA: Far.", "你好吗？\n很好。");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Πόσο μακριά είναι;",
        "Πόσο μακριά είναι\u037E",
        "المسافة كم؟",
        "Vraag: hoe ver",
        "Pergunta 1: qual distância",
        "Întrebare: cât de departe",
        "Soru: ne kadar uzak",
        "Câu hỏi 2: bao xa",
        "السؤال: كم المسافة",
        "प्रश्न: कितनी दूर",
        "คำถาม: ไกลแค่ไหน",
        "질문: 얼마나 멀어요",
      })
  void anyLanguageAsks(String question) {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "1."),
                new Part(Block.Kind.PARAGRAPH, 0, question),
                new Part(Block.Kind.PARAGRAPH, 0, "2.")));
    assertThat(chunker().chunk(e))
        .extracting(chunk -> chunk.text(e))
        .containsExactly("1.", question + "\n\n2.");
  }

  @Test
  void aSemicolonAsksInGreekOnly() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "1."),
                new Part(Block.Kind.PARAGRAPH, 0, "int far = 1;"),
                new Part(Block.Kind.PARAGRAPH, 0, "2.")));
    assertThat(chunker().chunk(e)).hasSize(1);
  }

  @Test
  void laterPartsOfALongAnswerKnowTheirQuestion() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.HEADING, 1, "What is it?"),
                new Part(
                    Block.Kind.PARAGRAPH, 0, "It is a long story in many words. ".repeat(30))));
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks.getFirst().context()).isEmpty();
    assertThat(chunks.subList(1, chunks.size()))
        .isNotEmpty()
        .allMatch(chunk -> chunk.context().equals("What is it?"));
  }

  @Test
  void rowsOfATableOfQuestionsArePairs() {
    Part table =
        new Part(Block.Kind.TABLE, 1, "id,question,answer\n1,Who?,\"Me,\nof course\"\n2,Why?,So");
    Extraction plain = extraction(List.of(table));
    Extraction e =
        new Extraction(plain.text(), null, "text/csv", "en", 0, List.of(), plain.blocks());
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks)
        .extracting(chunk -> chunk.text(e))
        .containsExactly("id,question,answer\n1,Who?,\"Me,\nof course\"", "2,Why?,So");
    assertThat(chunks.getLast().context()).isEqualTo("id,question,answer");
  }
}
