package engram.memory.index;

import engram.retrieval.TextWords;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Words of what was said, as the index has them: those of the retrieval room, in any language.
///
/// Threads: any.
public final class Words {
  private static final TextWords WORDS = TextWords.standard();

  private Words() {}

  /// In order, repeated ones too, without those that carry grammar and no topic.
  public static List<String> of(String text) {
    return WORDS.of(text);
  }

  /// Different words with case and accents folded and nothing else done: names.
  public static Set<String> names(String text) {
    return new LinkedHashSet<>(WORDS.plain(text));
  }
}
