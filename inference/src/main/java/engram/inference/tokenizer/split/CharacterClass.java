package engram.inference.tokenizer.split;

/// What pre-tokenizers want to know of a character, from a table for the basic plane.
final class CharacterClass {
  static final byte OTHER = 0;
  static final byte UPPER = 1; // Lu, Lt
  static final byte LOWER = 2; // Ll
  static final byte UNCASED = 3; // Lm, Lo
  static final byte MARK = 4;
  static final byte NUMBER = 5;
  static final byte SPACE = 6;
  static final byte NEWLINE = 7; // CR and LF; also white space

  private static final byte[] TABLE = new byte[0x10000];

  static {
    for (int unit = 0; unit < TABLE.length; unit++) {
      TABLE[unit] = classify(unit);
    }
  }

  private CharacterClass() {}

  static byte of(int codePoint) {
    return codePoint < TABLE.length ? TABLE[codePoint] : classify(codePoint);
  }

  static boolean isLetter(byte of) {
    return of >= UPPER && of <= UNCASED;
  }

  static boolean isSpace(byte of) {
    return of >= SPACE;
  }

  /// Unicode's White_Space, which is not Java's.
  static boolean isWhiteSpace(int codePoint) {
    return switch (codePoint) {
      case 0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
      default ->
          (codePoint >= 0x09 && codePoint <= 0x0D) || (codePoint >= 0x2000 && codePoint <= 0x200A);
    };
  }

  private static byte classify(int codePoint) {
    if (codePoint == '\n' || codePoint == '\r') {
      return NEWLINE;
    }
    if (isWhiteSpace(codePoint)) {
      return SPACE;
    }
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
      case Character.LOWERCASE_LETTER -> LOWER;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> UNCASED;
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          MARK;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      default -> OTHER;
    };
  }
}
