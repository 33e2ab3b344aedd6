package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.List;

/// The whole numbers from one to another, written in decimal.
final class IntegerRange {
  /// Numbers that a double holds exactly: what every JSON reader agrees on.
  static final long ABS_MAX = (1L << 53) - 1;

  private IntegerRange() {}

  /// @param first at least `-ABS_MAX`
  /// @param last at least `first`, at most `ABS_MAX`
  static Expression between(long first, long last) {
    List<Expression> alternatives = new ArrayList<>();
    if (first < 0) {
      long least = Math.max(1, last < 0 ? -last : 1);
      alternatives.add(
          Expression.sequence(new Expression.Literal("-"), notNegative(least, -first)));
    }
    if (last >= 0) {
      alternatives.add(notNegative(Math.max(0, first), last));
    }
    return Expression.choice(alternatives);
  }

  private static Expression notNegative(long first, long last) {
    List<Expression> alternatives = new ArrayList<>();
    long from = first;
    while (from <= last) {
      int digits = Long.toString(from).length();
      long to = Math.min(last, pow10(digits) - 1);
      alternatives.add(sameLength(Long.toString(from), Long.toString(to)));
      from = to + 1;
    }
    return Expression.choice(alternatives);
  }

  private static Expression sameLength(String first, String last) {
    if (first.isEmpty()) {
      return Expression.EMPTY;
    }
    char low = first.charAt(0);
    char high = last.charAt(0);
    String lowRest = first.substring(1);
    String highRest = last.substring(1);
    String zeros = "0".repeat(lowRest.length());
    String nines = "9".repeat(lowRest.length());
    if (low == high) {
      return Expression.sequence(digits(low, high), sameLength(lowRest, highRest));
    }
    List<Expression> alternatives = new ArrayList<>();
    boolean wholeLow = lowRest.equals(zeros);
    boolean wholeHigh = highRest.equals(nines);
    if (!wholeLow) {
      alternatives.add(Expression.sequence(digits(low, low), sameLength(lowRest, nines)));
    }
    char from = wholeLow ? low : (char) (low + 1);
    char to = wholeHigh ? high : (char) (high - 1);
    if (from <= to) {
      alternatives.add(
          Expression.sequence(
              digits(from, to),
              new Expression.Repeat(digits('0', '9'), zeros.length(), zeros.length())));
    }
    if (!wholeHigh) {
      alternatives.add(Expression.sequence(digits(high, high), sameLength(zeros, highRest)));
    }
    return Expression.choice(alternatives);
  }

  private static Expression digits(char first, char last) {
    return new Expression.Characters(CodePoints.of(first, last));
  }

  private static long pow10(int exponent) {
    long power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= 10;
    }
    return power;
  }
}
