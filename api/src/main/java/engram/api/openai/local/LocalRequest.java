package engram.api.openai.local;

import engram.api.openai.Sampling;
import engram.inference.OutputFormat;

/// How a model of this process is to answer, whatever it is asked.
///
/// @param topLogProbs alternatives listed with each token's score; -1 for no scores
public record LocalRequest(
    String model, Sampling sampling, OutputFormat format, int topLogProbs, EngineOptions options) {

  public LocalRequest withFormat(OutputFormat other) {
    return new LocalRequest(model, sampling, other, topLogProbs, options);
  }
}
