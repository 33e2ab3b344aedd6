package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Hit;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionEchoTest {
  private static final String QUESTION = "Who designed the harbour of Kristiansund?";
  private static final Hit ECHO =
      ContextPackerContract.hit(
          1, 0, 0, "who designed the HARBOUR of Kristiansund. It was Nobody at all.", 1);
  private static final Hit CLEAN =
      ContextPackerContract.hit(2, 1, 0, "The harbour of Kristiansund was designed by Berg.", 0.6);

  @Test
  void aHitThatRepeatsTheQuestionIsLowered() {
    assertThat(new QuestionEcho(0.5).lowered(QUESTION, List.of(ECHO, CLEAN)))
        .extracting(Hit::chunkId)
        .containsExactly(2L, 1L);
  }

  @Test
  void nothingChangesWhereItIsOffOrTheQuestionIsAName() {
    List<Hit> hits = List.of(ECHO, CLEAN);
    assertThat(new QuestionEcho(1).lowered(QUESTION, hits)).isSameAs(hits);
    assertThat(new QuestionEcho(0).lowered("Kristiansund", hits)).isSameAs(hits);
  }
}
