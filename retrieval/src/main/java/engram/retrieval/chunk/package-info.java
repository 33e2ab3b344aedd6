/// Cuts an extraction into chunks, in the way that a [Chunker] names, and text into sentences.
///
/// It deliberately does not parse files, ask models, embed or store chunks: a chunk is a span of
/// the extracted text with what that text says about it (headings, the header of its table).
@NullMarked
package engram.retrieval.chunk;

import org.jspecify.annotations.NullMarked;
