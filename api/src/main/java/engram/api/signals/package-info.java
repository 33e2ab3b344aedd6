/// `/api/engine`: what the models of this process know beyond what they say (how surprising a text
/// is, what an answer attended to), how they are, and what their operator does with them. Nothing
/// of it writes text.
@NullMarked
package engram.api.signals;

import org.jspecify.annotations.NullMarked;
