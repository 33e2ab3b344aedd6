/// Cuts an extraction into chunks along its structure, and text into sentences.
///
/// It deliberately does not parse files, add context to chunks, embed or store them: a chunk is a
/// span of the extracted text and nothing else.
@NullMarked
package engram.retrieval.chunk;

import org.jspecify.annotations.NullMarked;
