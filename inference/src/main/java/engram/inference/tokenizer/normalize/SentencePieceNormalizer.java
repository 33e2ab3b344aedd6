package engram.inference.tokenizer.normalize;

import org.jspecify.annotations.Nullable;

/// SentencePiece's normalizer: the table's longest replacements, runs of spaces, a space before the
/// text, spaces as U+2581. Kudo, Richardson, EMNLP 2018, and their code.
///
/// @param table null: nothing is replaced
/// @param addPrefix a space before what is encoded
/// @param everywhere the space comes before each part that follows a special token, too (as GGUF
///   files are read), not only before the first
/// @param removeExtra spaces at the ends go, and of several only one stays
/// @param escape spaces are written U+2581
/// @param suffix the added space goes to the end instead
public record SentencePieceNormalizer(
    @Nullable CharacterMap table,
    boolean addPrefix,
    boolean everywhere,
    boolean removeExtra,
    boolean escape,
    boolean suffix)
    implements Normalizer {
  private static final char MARK = '▁';

  @Override
  public String normalize(String text, boolean first, boolean last) {
    if (text.isEmpty()) {
      return text;
    }
    char space = escape ? MARK : ' ';
    StringBuilder built = new StringBuilder(text.length() + 8);
    boolean prefixed = addPrefix && !suffix && (first || everywhere);
    if (prefixed) {
      built.append(space);
    }
    boolean spaceBefore = removeExtra && first;
    int added = built.length();
    for (int i = 0; i < text.length(); ) {
      long match = table == null ? -1 : table.longest(text, i);
      if (match >= 0) {
        i += (int) (match >>> 32);
        String replacement = table == null ? "" : table.replacement(match);
        for (int j = 0; j < replacement.length(); j++) {
          spaceBefore = append(built, replacement.charAt(j), spaceBefore, space);
        }
      } else {
        spaceBefore = append(built, text.charAt(i++), spaceBefore, space);
      }
    }
    if (removeExtra && last) {
      while (built.length() > added && built.charAt(built.length() - 1) == space) {
        built.setLength(built.length() - 1);
      }
    }
    if (removeExtra && built.length() == added && prefixed) {
      return ""; // nothing but spaces
    }
    if (addPrefix && suffix && last) {
      built.append(space);
    }
    return built.toString();
  }

  /// @return whether a space that follows is one too many
  private boolean append(StringBuilder built, char unit, boolean spaceBefore, char space) {
    if (unit != ' ') {
      built.append(unit);
      return false;
    }
    if (!(spaceBefore && removeExtra)) {
      built.append(space);
    }
    return removeExtra;
  }
}
