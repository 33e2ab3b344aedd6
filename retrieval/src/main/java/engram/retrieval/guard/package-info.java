/// Looks at texts of documents for what is meant for the machine that reads them.
///
/// It changes nothing and refuses nothing: it says what it saw. What a model is shown of such a
/// text is the business of `ask`.
@NullMarked
package engram.retrieval.guard;

import org.jspecify.annotations.NullMarked;
