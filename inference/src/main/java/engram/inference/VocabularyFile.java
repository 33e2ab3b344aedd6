package engram.inference;

import java.io.IOException;
import java.nio.file.Path;

/// A model's vocabulary alone: its weights are neither needed nor read. For counting how much of a
/// context window a text takes, also for a model that runs elsewhere.
///
/// Threads: any.
public interface VocabularyFile {
  /// @param file a `tokenizer.json`, a GGUF file (with or without weights), a SentencePiece
  ///   `tokenizer.model`, or a tiktoken file whose name says how texts are split: `cl100k_base`,
  ///   `o200k_base`, `r50k_base` and `p50k_base`, `qwen`, or `tokenizer.model` for Llama 3
  /// @throws IllegalArgumentException if it is none of these, or damaged; the message says why
  static VocabularyFile read(Path file) throws IOException {
    return EngineOpener.find().vocabulary(file);
  }

  /// How many tokens a text has, without those that go around a text. What looks like a special
  /// token counts as the text that it is.
  ///
  /// @throws IllegalArgumentException if the text is too long
  int count(String text);
}
