package engram.memory.episode;

/// Mean and standard deviation of some values.
record Spread(double mean, double deviation) {
  /// Of `values[from, to)`; zeros where there are none.
  static Spread of(double[] values, int from, int to) {
    if (to <= from) {
      return new Spread(0, 0);
    }
    double sum = 0;
    for (int at = from; at < to; at++) {
      sum += values[at];
    }
    double mean = sum / (to - from);
    double squares = 0;
    for (int at = from; at < to; at++) {
      squares += (values[at] - mean) * (values[at] - mean);
    }
    return new Spread(mean, Math.sqrt(squares / (to - from)));
  }
}
