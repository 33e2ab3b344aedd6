package engram.inference.tokenizer.normalize;

import java.text.Normalizer.Form;

/// A normalization form of Unicode (UAX 15).
///
/// Ordering the marks of one character takes time that grows with the square of their number: after
/// so many of them (no writing has more than a handful) the text is normalised in parts.
public record UnicodeForm(Form form) implements Normalizer {
  private static final int MAX_MARKS = 512;

  @Override
  public String normalize(String text, boolean first, boolean last) {
    if (isAscii(text)) {
      return text;
    }
    StringBuilder built = new StringBuilder(text.length() + 16);
    int start = 0;
    int marks = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      marks = isMark(codePoint) ? marks + 1 : 0;
      if (marks == MAX_MARKS) {
        built.append(java.text.Normalizer.normalize(text.substring(start, i), form));
        start = i;
        marks = 0;
      }
    }
    return start == 0
        ? java.text.Normalizer.normalize(text, form)
        : built.append(java.text.Normalizer.normalize(text.substring(start), form)).toString();
  }

  static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }

  static boolean isMark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }
}
