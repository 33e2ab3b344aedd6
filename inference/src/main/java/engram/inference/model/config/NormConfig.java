package engram.inference.model.config;

/// @param unitOffset the file's weights are what is added to 1
public record NormConfig(Kind kind, float epsilon, boolean unitOffset) {
  public enum Kind {
    /// Zhang & Sennrich 2019.
    RMS,
    /// Ba, Kiros & Hinton 2016; with a bias.
    LAYER
  }

  public NormConfig {
    if (!(epsilon >= 0) || epsilon > 1) {
      throw new IllegalArgumentException("norm epsilon " + epsilon + " not in 0..1");
    }
  }
}
