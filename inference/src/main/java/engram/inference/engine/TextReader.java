package engram.inference.engine;

import java.util.List;

/// What makes vectors of texts. Texts are cut where the model's window ends.
///
/// Threads: any; calls take turns.
interface TextReader extends AutoCloseable {
  /// One call has at most so many texts.
  int TEXTS_MAX = 4096;

  /// One vector for each text, pooled and normalised as the model's files say.
  ///
  /// @param layer states after so many layers; [engram.inference.Engine#LAST_LAYER] for the last
  /// @param room of the engine's memory, for what is needed beside the model's own
  List<float[]> embed(List<String> texts, int layer, Room room) throws InterruptedException;

  /// Memory that is counted.
  interface Room {
    /// @return held until it is closed
    Held take(long bytes) throws InterruptedException;
  }

  /// Memory that was taken.
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();

  static void requireCount(List<String> texts) {
    if (texts.isEmpty() || texts.size() > TEXTS_MAX) {
      throw new IllegalArgumentException(texts.size() + " texts, not 1 to " + TEXTS_MAX);
    }
  }

  /// @return `layer` with the last one as its number
  static int requireLayer(int layer, int layers) {
    if (layer < engram.inference.Engine.LAST_LAYER || layer > layers) {
      throw new IllegalArgumentException(
          "layer " + layer + " is not within [0, " + layers + "], nor -1 for the last");
    }
    return layer == engram.inference.Engine.LAST_LAYER ? layers : layer;
  }
}
