package engram.api.usage;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What requests are counted as.
public enum Operation {
  /// Hits for a query.
  SEARCH,
  /// Whatever ends in an answer: asking, chat, responses.
  ANSWER,
  EMBED,
  /// Documents and files that come in.
  INGEST;

  /// As in JSON and in the database.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Operation> ofLabel(String label) {
    return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
  }
}
