/// Claims from what was said: by patterns, or by a model that somebody brings. It runs behind the
/// log, never in front of it.
@NullMarked
package engram.memory.extract;

import org.jspecify.annotations.NullMarked;
