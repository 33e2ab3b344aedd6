package engram.inference.tokenizer.normalize;

import java.util.List;

/// Rewrites a text. Threads: any; normalizers have no state.
public interface Normalizer {
  /// @param text without unpaired surrogates; the result has none either
  /// @param first whether the text begins all that is encoded, and is no later part of it
  /// @param last whether it ends it
  String normalize(String text, boolean first, boolean last);

  static Normalizer none() {
    return (text, first, last) -> text;
  }

  static Normalizer chain(List<Normalizer> normalizers) {
    List<Normalizer> each = List.copyOf(normalizers);
    return switch (each.size()) {
      case 0 -> none();
      case 1 -> each.getFirst();
      default ->
          (text, first, last) -> {
            String rewritten = text;
            for (Normalizer normalizer : each) {
              rewritten = normalizer.normalize(rewritten, first, last);
            }
            return rewritten;
          };
    };
  }
}
