/// What of the hits is shown: which passages, how much of them, in which order.
///
/// It does not search and does not rank: it takes the hits' order and scores as given. It does not
/// widen hits either: whoever puts a hit's neighbours or its parent in its place does so between
/// the search and the packing, with hits of wider spans, and what then overlaps is joined here.
@NullMarked
package engram.retrieval.pack;

import org.jspecify.annotations.NullMarked;
