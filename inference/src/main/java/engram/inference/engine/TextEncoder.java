package engram.inference.engine;

import engram.inference.EngineStatus;
import engram.inference.model.Encoder;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.Pooling;
import engram.inference.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An encoder with its vocabulary: texts to vectors, or pairs of texts to scores.
///
/// Texts are cut where the model's window ends. Threads: any; calls take turns.
public final class TextEncoder implements Loaded, Running {
  /// One call has at most so many texts.
  static final int TEXTS_MAX = 4096;

  private final Encoder encoder;
  private final Tokenizer tokenizer;
  private final int tokensMax;

  TextEncoder(Encoder encoder, Tokenizer tokenizer) {
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    int window = encoder.config().contextWindow();
    tokensMax = Math.min(window, tokenizer.maxTokens().orElse(window));
  }

  /// One vector for each text, pooled and normalised as the model's files say; where they are
  /// silent, the mean of the tokens' states.
  List<float[]> embed(List<String> texts) {
    requireCount(texts);
    EncoderConfig config = encoder.config().encoder();
    @Nullable Pooling pooling = config.pooling();
    List<Encoder.Input> inputs = new ArrayList<>(texts.size());
    for (String text : texts) {
      inputs.add(input(tokenizer.encodeSingle(text, tokensMax)));
    }
    return encoder.embed(
        inputs, pooling == null ? Pooling.MEAN : pooling, Boolean.TRUE.equals(config.normalize()));
  }

  /// How relevant each document is to the query; greater is better.
  float[] rerank(String query, List<String> documents) {
    requireCount(documents);
    List<Encoder.Input> inputs = new ArrayList<>(documents.size());
    for (String document : documents) {
      inputs.add(input(tokenizer.encodePair(query, document, tokensMax)));
    }
    List<float[]> scores = encoder.classify(inputs);
    float[] first = new float[scores.size()];
    for (int i = 0; i < first.length; i++) {
      first[i] = scores.get(i)[0];
    }
    return first;
  }

  int[] tokens(String text) {
    return tokenizer.encodeSingle(text, tokensMax).ids();
  }

  @Override
  public EngineStatus.EncoderLoad load() {
    return new EngineStatus.EncoderLoad(tokensMax);
  }

  private static Encoder.Input input(Tokenizer.Encoding encoding) {
    return new Encoder.Input(encoding.ids(), encoding.types());
  }

  private static void requireCount(List<String> texts) {
    if (texts.isEmpty() || texts.size() > TEXTS_MAX) {
      throw new IllegalArgumentException(texts.size() + " texts, not 1 to " + TEXTS_MAX);
    }
  }

  @Override
  public void close() {
    encoder.close();
  }
}
