package engram.inference.decode;

import engram.inference.LogitsProcessor;
import java.util.List;

/// A large model steered by what tuning changed in a small one: `z = z_big + alpha * (z_expert -
/// z_antiexpert)`. Liu et al., Tuning Language Models by Proxy, COLM 2024, equation 1; `alpha = 1`
/// is theirs.
///
/// A token that a companion forbids is left to the large model: the difference of two infinities is
/// no number.
///
/// @param expert the small model, tuned
/// @param antiExpert the small model as it was
public record ProxyTuning(String expert, String antiExpert, float alpha)
    implements LogitsProcessor {
  public static final String NAME = "proxy-tuning";

  public ProxyTuning {
    if (!Float.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha " + alpha + " is not finite");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> companions() {
    return List.of(expert, antiExpert);
  }

  @Override
  public void apply(float[] scores, StepView step) {
    float[] tuned = step.companions().get(0);
    float[] plain = step.companions().get(1);
    if (tuned.length != scores.length || plain.length != scores.length) {
      throw new IllegalArgumentException(
          "vocabularies differ: "
              + scores.length
              + ", "
              + expert
              + " "
              + tuned.length
              + ", "
              + antiExpert
              + " "
              + plain.length);
    }
    for (int token = 0; token < scores.length; token++) {
      float change = tuned[token] - plain[token];
      if (Float.isFinite(change)) {
        scores[token] += alpha * change;
      }
    }
  }
}
