/// What of the hits is shown: which passages, how much of them, in which order.
///
/// It does not search and does not rank: it takes the hits' order and scores as given.
@NullMarked
package engram.retrieval.pack;

import org.jspecify.annotations.NullMarked;
