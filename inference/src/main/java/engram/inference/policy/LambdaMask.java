package engram.inference.policy;

import engram.inference.AttentionPattern;

/// Every query sees the first tokens and the newest, no farther apart than the model was trained
/// for. LM-Infinite: Han et al., Zero-Shot Extreme Length Generalization for Large Language Models,
/// NAACL 2024, section 4: a mask shaped like the letter lambda and a ceiling on distances. Without
/// their optional step, which lets higher layers see a few tokens between.
///
/// @param starting first tokens; 10 to 100 in the paper
/// @param local newest tokens, the query's own included; as many as the model was trained with
public record LambdaMask(int starting, int local) implements AttentionPattern {
  public static final String NAME = "lambda";

  /// First tokens, the least of the paper's.
  public static final int STARTING = 10;

  public LambdaMask {
    if (starting < 0 || local < 1) {
      throw new IllegalArgumentException(
          "starting " + starting + " < 0, or local " + local + " < 1");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Positions positions() {
    return new Positions.Capped(local);
  }

  @Override
  public int[] spans(int query) {
    return StreamingPattern.sinksAndWindow(query, starting, local);
  }
}
