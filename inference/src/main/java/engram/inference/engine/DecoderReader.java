package engram.inference.engine;

import engram.inference.model.Decoder;
import engram.inference.model.DecoderEmbedder;
import engram.inference.model.config.EncoderConfig;
import engram.inference.model.config.Pooling;
import engram.inference.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
  public List<float[]> embed(List<String> texts, int layer, Room room) throws InterruptedException {
    TextReader.requireCount(texts);
    int of = TextReader.requireLayer(layer, decoder.config().layers());
    EncoderConfig config = decoder.config().encoder();
    Pooling pooling = Objects.requireNonNullElse(config.pooling(), Pooling.LAST);
    List<int[]> tokens = texts.stream().map(this::tokens).toList();
    int longest = tokens.stream().mapToInt(each -> each.length).max().orElse(1);
    List<float[]> vectors = new ArrayList<>(texts.size());
    try (Held _ = room.take(embedder.bytes(longest))) {
      for (int[] each : tokens) {
        vectors.add(embedder.embed(each, pooling, Boolean.TRUE.equals(config.normalize()), of));
      }
      embedder.trim();
    }
    return vectors;
  }

  private int[] tokens(String text) {
    int[] tokens = tokenizer.encode(text, true, false);
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a text has no token");
    }
    return Arrays.copyOf(tokens, Math.min(tokens.length, decoder.contextTokens()));
  }

  @Override
  public void close() {
    embedder.close();
  }
}
