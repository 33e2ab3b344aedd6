package engram.api.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a key lets its holder do.
public enum Verb {
  /// Search, ask, list, read content.
  READ,
  /// Upload, put into collections, update.
  WRITE,
  DELETE,
  /// Chat completions, responses, embeddings: what costs model tokens.
  CHAT,
  /// Keys, tenants, audit, reindexing, settings.
  ADMIN,
  /// The metrics that a monitoring system collects.
  METRICS,
  /// Narrowing a request to some principals by the header `Engram-Act-As`.
  ACT_AS;

  /// As in JSON and in the database: `act_as`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Verb> ofLabel(String label) {
    return Arrays.stream(values()).filter(verb -> verb.label().equals(label)).findFirst();
  }
}
