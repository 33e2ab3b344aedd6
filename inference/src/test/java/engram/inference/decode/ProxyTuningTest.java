package engram.inference.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.LogitsProcessor.StepView;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyTuningTest {
  private static StepView step(float[] expert, float[] antiExpert) {
    return new StepView(1, 1, new int[] {5}, List.of(expert, antiExpert));
  }

  @Test
  void theDifferenceOfTheSmallModelsIsAdded() {
    float[] scores = {1, 2, 3};
    new ProxyTuning("tuned", "plain", 2)
        .apply(scores, step(new float[] {1, 0, 5}, new float[] {0, 0, 6}));
    assertThat(scores).containsExactly(3, 2, 1);
  }

  @Test
  void aTokenThatACompanionForbidsIsLeftToTheLargeModel() {
    float never = Float.NEGATIVE_INFINITY;
    float[] scores = {1, 2};
    new ProxyTuning("tuned", "plain", 1)
        .apply(scores, step(new float[] {never, never}, new float[] {0, never}));
    assertThat(scores).containsExactly(1, 2);
  }

  @Test
  void otherVocabulariesAreRefused() {
    assertThatThrownBy(() ->
            new ProxyTuning("tuned", "plain", 1)
                .apply(new float[3], step(new float[2], new float[3])))
        .hasMessageContaining("tuned 2");
  }
}
