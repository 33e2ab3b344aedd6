/// From words to where they stand: sentences with their spans, and citations that are byte for byte
/// in the source and point at the lines of the page that they quote.
///
/// It does not judge whether a sentence answers anything.
@NullMarked
package engram.retrieval.cite;

import org.jspecify.annotations.NullMarked;
