package engram.inference.engine;

import engram.inference.model.Decoder;
import engram.inference.model.DecoderEmbedder;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.Pooling;
import engram.inference.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A decoder that makes vectors of texts, beside what it writes: where its files do not say how,
/// the state of the last token, which alone has read all of them.
final class DecoderReader implements TextReader {
  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private final DecoderEmbedder embedder;

  /// @param decoder stays the caller's
  DecoderReader(Decoder decoder, Tokenizer tokenizer) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    embedder = new DecoderEmbedder(decoder);
  }

  @Override
  public List<float[]> embed(List<String> texts, int layer) {
    TextReader.requireCount(texts);
    int of = TextReader.requireLayer(layer, decoder.config().layers());
    EncoderConfig config = decoder.config().encoder();
    @Nullable Pooling pooling = config.pooling();
    List<float[]> vectors = new ArrayList<>(texts.size());
    for (String text : texts) {
      int[] tokens = tokenizer.encode(text, true, false);
      if (tokens.length == 0) {
        throw new IllegalArgumentException("a text has no token");
      }
      vectors.add(
          embedder.embed(
              Arrays.copyOf(tokens, Math.min(tokens.length, decoder.contextTokens())),
              pooling == null ? Pooling.LAST : pooling,
              Boolean.TRUE.equals(config.normalize()),
              of));
    }
    return vectors;
  }

  @Override
  public void close() {
    embedder.close();
  }
}
