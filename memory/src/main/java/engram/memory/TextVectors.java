package engram.memory;

import java.util.List;

/// Makes vectors whose cosine says how alike texts are in meaning.
///
/// Asked while the index follows the log and once per recall, never while something is written.
/// Threads: any.
public interface TextVectors {
  /// Vectors of different names are never compared; another name builds the index anew.
  String name();

  /// One per text, all of one width.
  List<float[]> of(List<String> texts);
}
