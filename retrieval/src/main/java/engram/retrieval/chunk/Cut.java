package engram.retrieval.chunk;

/// A span that becomes a chunk.
///
/// @param context what must be known to read it and does not stand in it, such as the class that a
///   method belongs to; empty for nothing
record Cut(int start, int end, String context) {
  Cut(int start, int end) {
    this(start, end, "");
  }

  Cut(Span span) {
    this(span.start(), span.end());
  }
}
