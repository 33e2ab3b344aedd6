/// From one word to pieces of a vocabulary: byte-pair merges, unigram, WordPiece, whole words.
///
/// Segmenters know nothing of files, of special tokens or of how a text becomes words; every one
/// takes time that grows at most like `n log n` with the word.
@NullMarked
package engram.inference.tokenizer.segment;

import org.jspecify.annotations.NullMarked;
