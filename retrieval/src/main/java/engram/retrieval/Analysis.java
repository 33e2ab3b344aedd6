package engram.retrieval;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How texts and queries become the words that are compared.
public record Analysis(Language language) {
  public static final Analysis AUTO = new Analysis(Language.AUTO);

  /// Names, in lower case, are stored and part of the API: never rename.
  public enum Language {
    /// Recognised for each chunk and each query.
    AUTO,
    /// The form that all languages have: folded, with a light stemmer for each script.
    COMMON,
    DE,
    FR,
    ES,
    PT,
    IT,
    NL,
    RO,
    TR,
    VI,
    /// Folded and not stemmed: for codes, names and whatever must match as it is written.
    NONE;

    /// @throws IllegalArgumentException naming the valid ones
    public static Language of(String name) {
      for (Language language : values()) {
        if (language.id().equals(name)) {
          return language;
        }
      }
      throw new IllegalArgumentException(
          "'"
              + (name.length() > 40 ? name.substring(0, 40) + "…" : name)
              + "' is no language of the analysis; there are "
              + Arrays.stream(values()).map(Language::id).collect(Collectors.joining(", ")));
    }

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
