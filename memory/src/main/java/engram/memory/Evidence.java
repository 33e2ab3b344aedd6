package engram.memory;

import engram.retrieval.Span;

/// Where something was said: a span of an event's text.
///
/// @param span UTF-16 units, not empty
public record Evidence(long event, Span span) {
  public Evidence {
    if (span.length() == 0) {
      throw new IllegalArgumentException("evidence in event " + event + " quotes nothing");
    }
  }
}
