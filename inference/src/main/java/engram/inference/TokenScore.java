package engram.inference;

import java.util.List;

/// How likely a token was in the model's own distribution: before biases, penalties, processors,
/// temperature and constraints. So `-logProb` is the model's surprise, however it was drawn.
///
/// @param logProb natural logarithm, at most 0
/// @param top the likeliest tokens at that place, likeliest first, ties by the lower id; as many as
///   were asked for
public record TokenScore(int token, float logProb, List<Ranked> top) {
  public TokenScore {
    top = List.copyOf(top);
  }

  public record Ranked(int token, float logProb) {}
}
