/// Judged sets and runs in the database, and the worker that carries runs on. It searches and asks
/// through the retrieval room's door only.
@NullMarked
package engram.eval.run;

import org.jspecify.annotations.NullMarked;
