package engram.retrieval;

import java.util.List;
import java.util.ServiceLoader;

/// The words of a text as this room's index knows them, for rooms above that compare texts by words
/// without a collection: short things that people say, in any language.
///
/// One form per word, the one that all languages have (ICU word breaks, case and accents folded, a
/// light stemmer per script), because a sentence of talk is too short to tell its language by.
///
/// Threads: any.
public interface TextWords {
  /// In order, repeated ones too, without the words that only carry grammar where enough of them
  /// tell the language.
  List<String> of(String text);

  /// In order, repeated ones too, with case and accents folded and nothing else done: names.
  List<String> plain(String text);

  /// That of this program. The room has no bean for it, for words are asked for where no beans are.
  static TextWords standard() {
    return Standard.WORDS;
  }

  /// Found once, when it is first asked for.
  final class Standard {
    private static final TextWords WORDS =
        ServiceLoader.load(TextWords.class, TextWords.class.getClassLoader())
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no TextWords in this program"));

    private Standard() {}
  }
}
