package engram.inference.tokenizer.normalize;

import java.text.Normalizer.Form;

/// BERT's normalizer: controls go, white space is a space, Chinese characters stand alone, accents
/// and case go where the model wants it. Devlin et al., 2019, and their code.
///
/// @param stripAccents marks that do not space, after decomposition
public record Bert(boolean cleanText, boolean spaceChinese, boolean stripAccents, boolean lowerCase)
    implements Normalizer {
  private static final UnicodeForm DECOMPOSED = new UnicodeForm(Form.NFD);

  @Override
  public String normalize(String text, boolean first, boolean last) {
    StringBuilder built = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      if (cleanText) {
        if (codePoint == 0 || codePoint == 0xFFFD || isControl(codePoint)) {
          continue;
        }
        if (Rewriting.isWhiteSpace(codePoint)) {
          built.append(' ');
          continue;
        }
      }
      if (spaceChinese && isChinese(codePoint)) {
        built.append(' ').appendCodePoint(codePoint).append(' ');
      } else {
        built.appendCodePoint(codePoint);
      }
    }
    String cleaned = stripAccents ? withoutAccents(built.toString()) : built.toString();
    return lowerCase ? Rewriting.lowerCase(cleaned) : cleaned;
  }

  private static String withoutAccents(String text) {
    if (UnicodeForm.isAscii(text)) {
      return text;
    }
    StringBuilder built = new StringBuilder(text.length());
    DECOMPOSED
        .normalize(text, true, true)
        .codePoints()
        .filter(codePoint -> Character.getType(codePoint) != Character.NON_SPACING_MARK)
        .forEach(built::appendCodePoint);
    return built.toString();
  }

  private static boolean isControl(int codePoint) {
    if (codePoint == '\t' || codePoint == '\n' || codePoint == '\r') {
      return false;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
      default -> false;
    };
  }

  /// The blocks of Chinese characters as the original names them; the compatibility of one bound
  /// (0x2B920) with the tokenizers that models were trained with matters more than Unicode's.
  private static boolean isChinese(int codePoint) {
    return (codePoint >= 0x4E00 && codePoint <= 0x9FFF)
        || (codePoint >= 0x3400 && codePoint <= 0x4DBF)
        || (codePoint >= 0x20000 && codePoint <= 0x2A6DF)
        || (codePoint >= 0x2A700 && codePoint <= 0x2B73F)
        || (codePoint >= 0x2B740 && codePoint <= 0x2B81F)
        || (codePoint >= 0x2B920 && codePoint <= 0x2CEAF)
        || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
        || (codePoint >= 0x2F800 && codePoint <= 0x2FA1F);
  }
}
