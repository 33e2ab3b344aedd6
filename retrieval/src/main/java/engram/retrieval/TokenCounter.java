package engram.retrieval;

/// Counts tokens as the model does that writes answers; a bean of one makes budgets exact for it.
///
/// Threads: any.
public interface TokenCounter {
  /// The vocabulary's name, for people.
  String vocabulary();

  /// How many tokens a text has, without those that go around a text. What looks like a special
  /// token counts as the text that it is.
  int count(String text);
}
