/// Answers from passages: by quoting the sentences that best support an answer, or by a model whose
/// every sentence is checked against the passage that it cites.
///
/// It does not search (it asks a `Retriever`), does not choose a model (it is given one), and keeps
/// no conversation: earlier turns come with each question.
@NullMarked
package engram.retrieval.ask;

import org.jspecify.annotations.NullMarked;
