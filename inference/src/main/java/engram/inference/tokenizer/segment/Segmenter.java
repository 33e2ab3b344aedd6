package engram.inference.tokenizer.segment;

/// Cuts one word into pieces of a vocabulary.
///
/// Threads: any; segmenters do not change after they are made.
public sealed interface Segmenter permits Bpe, Unigram, WordLevel, WordPiece {
  /// Appends the ids of the pieces of `word`, left to right; nothing for an empty word.
  ///
  /// @param word without unpaired surrogates
  void segment(String word, IdList ids);
}
