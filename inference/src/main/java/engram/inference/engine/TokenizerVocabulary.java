package engram.inference.engine;

import static java.util.stream.Collectors.toUnmodifiableSet;

import engram.inference.chat.ChatFormat;
import engram.inference.chat.ChatTemplate;
import engram.inference.chat.jinja.TemplateException;
import engram.inference.model.config.ModelConfig;
import engram.inference.schedule.TextDecoder;
import engram.inference.tokenizer.TextStream;
import engram.inference.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// A [Tokenizer] as the engine sees vocabularies.
///
/// @param size of the model's scores; some models have more rows than their tokenizer has tokens
/// @param endTokens below `size`
record TokenizerVocabulary(Tokenizer tokenizer, int size, Set<Integer> endTokens)
    implements Vocabulary {
  TokenizerVocabulary {
    endTokens = endTokens.stream().filter(token -> token < size).collect(toUnmodifiableSet());
  }

  /// Outputs end where the vocabulary says so, and where the model's own settings do: models that
  /// were tuned to end in another way often say it there alone.
  static TokenizerVocabulary of(Tokenizer tokenizer, ModelConfig config) {
    Set<Integer> ends = new HashSet<>(tokenizer.special().endOfGeneration());
    ends.addAll(config.tokens().ends());
    return new TokenizerVocabulary(tokenizer, config.vocabulary(), ends);
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    return tokenizer.encode(text, addSpecial, parseSpecial);
  }

  @Override
  public TextDecoder decoder() {
    return decoding(tokenizer.stream(true));
  }

  @Override
  public TextDecoder decoder(int[] prompt) {
    int[] known = Arrays.stream(prompt).filter(token -> token < tokenizer.size()).toArray();
    return decoding(tokenizer.continuation(known, true));
  }

  private TextDecoder decoding(TextStream stream) {
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
  public byte[] spelled(int token) {
    String mark = mark(token);
    return mark.isEmpty() ? bytes(token) : mark.getBytes(StandardCharsets.UTF_8);
  }

  private String mark(int token) {
    return token < tokenizer.size() && tokenizer.isSpecial(token) ? named(token) : "";
  }

  private String named(int token) {
    return token < 0 ? "" : tokenizer.token(token).orElse("");
  }

  @Override
  public ChatFormat chat() {
    return new ChatFormat(
        template(), tokenizer::guard, token -> endTokens.contains(token) ? "" : mark(token));
  }

  private ChatTemplate template() {
    Optional<String> source = tokenizer.chatTemplate();
    if (source.isEmpty()) {
      return ChatTemplate.chatMl();
    }
    try {
      return ChatTemplate.of(
          source.get(),
          named(tokenizer.special().bos()),
          named(tokenizer.special().eos()),
          LocalDateTime::now);
    } catch (TemplateException unreadable) {
      throw new IllegalArgumentException(
          "the model's chat template cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }
}
