/// `/api/evaluations`: judged sets, runs of them, and their reports; and the adapter by which runs
/// ask models at the cost of who asked. Requests are read strictly, as in the rest of `/api`.
@NullMarked
package engram.api.evaluations;

import org.jspecify.annotations.NullMarked;
