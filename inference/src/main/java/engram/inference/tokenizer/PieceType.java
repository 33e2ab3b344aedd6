package engram.inference.tokenizer;

/// What a piece is, by SentencePiece's numbers, which GGUF uses too.
enum PieceType {
  NORMAL,
  UNKNOWN,
  CONTROL,
  USER_DEFINED,
  UNUSED,
  BYTE;

  /// Numbers from 1; others count as normal.
  static PieceType of(int number) {
    return number < 1 || number > values().length ? NORMAL : values()[number - 1];
  }
}
