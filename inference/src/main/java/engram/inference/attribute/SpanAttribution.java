package engram.inference.attribute;

import engram.inference.Attribution;
import engram.inference.Attribution.TokenSpan;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Folds rows of attention into shares of spans.
///
/// For the token at position `t`, the row of layer `l` and head `h` is `a[l,h,j]`, the softmax
/// weight of position `j <= t - 1` for the query at `t - 1`, the one that `t` was drawn from. The
/// share of a span is the mean over the rows of `sum_{j in span} a[l,h,j]`. What lies in no span is
/// the rest: earlier output, the template, the first token, on which heads with nothing to say rest
/// (the sinks of Xiao et al., ICLR 2024). Shares and rest sum to 1, as each row does.
///
/// Threads: one caller at a time.
public final class SpanAttribution {
  /// How far a row's sum may be from 1: the rounding of some ten thousand summands of 4 bytes.
  static final double ROW_TOLERANCE = 1e-3;

  private final List<TokenSpan> spans;
  private final int firstAnswer;
  private final double[][] sums;
  private final int[] rows;

  /// @param spans of positions; they must not overlap, and lie before the answer
  /// @param firstAnswer position of the answer's first token
  /// @param answerTokens of the answer
  public SpanAttribution(List<TokenSpan> spans, int firstAnswer, int answerTokens) {
    if (firstAnswer < 1 || answerTokens < 0) {
      throw new IllegalArgumentException(
          "firstAnswer " + firstAnswer + " < 1, or answerTokens " + answerTokens + " < 0");
    }
    this.spans = List.copyOf(spans);
    this.firstAnswer = firstAnswer;
    requireApart(this.spans, firstAnswer);
    sums = new double[answerTokens][spans.size()];
    rows = new int[answerTokens];
  }

  private static void requireApart(List<TokenSpan> spans, int end) {
    List<TokenSpan> sorted =
        spans.stream().sorted(Comparator.comparingInt(TokenSpan::start)).toList();
    int last = 0;
    for (TokenSpan span : sorted) {
      if (span.start() < last || span.end() > end) {
        throw new IllegalArgumentException(
            "span [%d, %d) overlaps another, or ends after the prompt's %d tokens"
                .formatted(span.start(), span.end(), end));
      }
      last = span.end();
    }
  }

  /// Adds one layer's and head's row for the query at a position.
  ///
  /// @param queryPosition from `firstAnswer - 1`, whose scores the first answer token was drawn
  ///   from
  /// @param positions of the entries; null where entry `j` is position `j`
  /// @param weights of `count` entries, which sum to 1
  /// @throws IllegalArgumentException if they do not, or the position is not the answer's
  public void add(int queryPosition, int @Nullable [] positions, float[] weights, int count) {
    int token = queryPosition + 1 - firstAnswer;
    if (token < 0 || token >= rows.length) {
      throw new IllegalArgumentException(
          "the query at %d gives none of the %d tokens from %d on"
              .formatted(queryPosition, rows.length, firstAnswer));
    }
    double sum = 0;
    for (int j = 0; j < count; j++) {
      sum += weights[j];
    }
    if (!(Math.abs(sum - 1) <= ROW_TOLERANCE)) {
      throw new IllegalArgumentException(
          "a row of attention of the query at " + queryPosition + " sums to " + sum);
    }
    for (int s = 0; s < spans.size(); s++) {
      sums[token][s] += massIn(spans.get(s), positions, weights, count) / sum;
    }
    rows[token]++;
  }

  private static double massIn(
      TokenSpan span, int @Nullable [] positions, float[] weights, int count) {
    double mass = 0;
    int from = positions == null ? span.start() : lowerBound(positions, count, span.start());
    int to =
        positions == null ? Math.min(count, span.end()) : lowerBound(positions, count, span.end());
    for (int j = from; j < to; j++) {
      mass += weights[j];
    }
    return mass;
  }

  private static int lowerBound(int[] positions, int count, int position) {
    int found = Arrays.binarySearch(positions, 0, count, position);
    return found < 0 ? -found - 1 : found;
  }

  /// The shares of all tokens, by the rows so far. A token without rows has none.
  public Attribution result() {
    double[][] shares = new double[rows.length][spans.size()];
    for (int token = 0; token < rows.length; token++) {
      for (int s = 0; s < spans.size(); s++) {
        shares[token][s] = rows[token] == 0 ? 0 : sums[token][s] / rows[token];
      }
    }
    return new Attribution(spans, shares);
  }
}
