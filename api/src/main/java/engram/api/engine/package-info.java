/// The models of this process as the rest of the api sees them: which there are, Spring AI's
/// interfaces over them, and what it means to callers when one refuses. Computes nothing: that is
/// the inference room's.
@NullMarked
package engram.api.engine;

import org.jspecify.annotations.NullMarked;
