/// Runs as pages for people.
@NullMarked
package engram.eval.report;

import org.jspecify.annotations.NullMarked;
