package engram.inference.chat.jinja;

/// The two values that are none.
enum Nothing {
  /// `none`, JSON's null.
  NONE,
  /// What a name or key has that is not there.
  UNDEFINED
}
