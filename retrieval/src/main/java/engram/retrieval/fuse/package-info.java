/// Ways to make one ranking out of several.
///
/// Fusion sees ids, ranks and scores only: it knows neither text nor index.
@NullMarked
package engram.retrieval.fuse;

import org.jspecify.annotations.NullMarked;
