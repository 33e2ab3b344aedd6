package engram.inference.engine;

import engram.inference.schedule.TextDecoder;
import engram.inference.tokenizer.TextStream;
import engram.inference.tokenizer.Tokenizer;
import java.util.Set;

/// A [Tokenizer] as the engine sees vocabularies.
///
/// @param size of the model's scores; some models have more rows than their tokenizer has tokens
record TokenizerVocabulary(Tokenizer tokenizer, int size) implements Vocabulary {
  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    return tokenizer.encode(text, addSpecial, parseSpecial);
  }

  @Override
  public TextDecoder decoder() {
    TextStream stream = tokenizer.stream(true);
    return new TextDecoder() {
      @Override
      public String append(int token) {
        // A row of padding has no text.
        return token < tokenizer.size() ? stream.push(token) : "";
      }

      @Override
      public String end() {
        return stream.finish();
      }
    };
  }

  @Override
  public byte[] bytes(int token) {
    return token < tokenizer.size() && !tokenizer.isSpecial(token)
        ? tokenizer.tokenBytes(token)
        : new byte[0];
  }

  @Override
  public Set<Integer> endTokens() {
    return tokenizer.special().endOfGeneration();
  }
}
