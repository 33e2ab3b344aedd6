package engram.inference;

/// What a model reads first.
public sealed interface Prompt {
  /// @param addSpecial whether the tokens go around it that the model expects around a text
  /// @param parseSpecial whether special tokens spelled out in it are those tokens, as in a
  ///   rendered chat template; never for what a user wrote
  record Text(String text, boolean addSpecial, boolean parseSpecial) implements Prompt {}

  /// A dialogue in the model's own chat template, as [engram.inference.chat.ChatFormat] writes it.
  /// What follows is a message, a text of its own: it begins without the space that some
  /// vocabularies put before the first word of a text.
  record Dialogue(String text) implements Prompt {}

  /// @param tokens of the model's vocabulary
  @SuppressWarnings("ArrayRecordComponent") // never compared; prompts may be long
  record Tokens(int[] tokens) implements Prompt {}
}
