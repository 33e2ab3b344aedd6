package engram.inference;

import java.util.List;

/// How an answer's tokens shared their attention among spans of the prompt: the mean over layers
/// and heads of the weights on each span's tokens.
///
/// Always holds: shares are at least 0, and those of one token sum to at most 1; what is missing to
/// 1 went to what lies in no span.
///
/// @param shares `[answer tokens][spans]`
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Attribution(List<TokenSpan> spans, double[][] shares) {
  /// What rounding may add to a sum of shares.
  private static final double ROUNDING = 1e-9;

  public Attribution {
    spans = List.copyOf(spans);
    for (int token = 0; token < shares.length; token++) {
      double sum = 0;
      for (double share : shares[token]) {
        sum += share;
      }
      if (shares[token].length != spans.size() || !(sum <= 1 + ROUNDING)) {
        throw new IllegalArgumentException(
            "token %d has %d shares of sum %s for %d spans"
                .formatted(token, shares[token].length, sum, spans.size()));
      }
    }
  }

  /// What of a token's attention lies in no span.
  public double rest(int token) {
    double sum = 0;
    for (double share : shares[token]) {
      sum += share;
    }
    return Math.max(0, 1 - sum);
  }

  /// The mean of each span's shares over answer tokens `[from, to)`.
  public double[] ofTokens(int from, int to) {
    if (from < 0 || to > shares.length || from >= to) {
      throw new IllegalArgumentException(
          "[%d, %d) is no span of %d tokens".formatted(from, to, shares.length));
    }
    double[] mean = new double[spans.size()];
    for (int token = from; token < to; token++) {
      for (int span = 0; span < mean.length; span++) {
        mean[span] += shares[token][span] / (to - from);
      }
    }
    return mean;
  }

  /// Tokens `[start, end)` of the prompt.
  public record TokenSpan(int start, int end) {
    public TokenSpan {
      if (start < 0 || end <= start) {
        throw new IllegalArgumentException("[" + start + ", " + end + ") is no span");
      }
    }
  }
}
