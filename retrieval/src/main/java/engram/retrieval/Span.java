package engram.retrieval;

/// Half-open range `[start, end)` of UTF-16 units.
public record Span(int start, int end) {
  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span [" + start + ", " + end + ") is not a range");
    }
  }

  public int length() {
    return end - start;
  }

  public Span shift(int offset) {
    return new Span(start + offset, end + offset);
  }
}
