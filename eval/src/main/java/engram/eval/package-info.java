/// The door of the evaluation room: judged sets, runs of them against collections, the measures,
/// and comparisons of two runs. It knows no HTTP and no keys: who may search, and what a search may
/// say, it asks through [Requester] and [SearchOptions].
@NullMarked
package engram.eval;

import org.jspecify.annotations.NullMarked;
