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
final class TextEncoder implements Loaded, Running, TextReader {
  private final Encoder encoder;
  private final Tokenizer tokenizer;
  private final int tokensMax;

  TextEncoder(Encoder encoder, Tokenizer tokenizer) {
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    int window = encoder.config().contextWindow();
    tokensMax = Math.min(window, tokenizer.maxTokens().orElse(window));
  }

  /// Where the files are silent, the mean of the tokens' states.
  @Override
  public List<float[]> embed(List<String> texts, int layer, Room room) {
    TextReader.requireCount(texts);
    int of = TextReader.requireLayer(layer, encoder.config().layers());
    EncoderConfig config = encoder.config().encoder();
    @Nullable Pooling pooling = config.pooling();
    List<Encoder.Input> inputs = new ArrayList<>(texts.size());
    for (String text : texts) {
      inputs.add(input(tokenizer.encodeSingle(text, tokensMax)));
    }
    return encoder.embed(
        inputs,
        pooling == null ? Pooling.MEAN : pooling,
        Boolean.TRUE.equals(config.normalize()),
        of);
  }

  /// How relevant each document is to the query; greater is better.
  float[] rerank(String query, List<String> documents) {
    TextReader.requireCount(documents);
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

  @Override
  public void close() {
    encoder.close();
  }
}
