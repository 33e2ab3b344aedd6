/// Texts of documents and the machines that read them: says what in a text is meant for such a
/// machine, and takes from a text what would work as more than text.
///
/// It refuses nothing. Which passages a model is shown is the business of `ask`.
@NullMarked
package engram.retrieval.guard;

import org.jspecify.annotations.NullMarked;
