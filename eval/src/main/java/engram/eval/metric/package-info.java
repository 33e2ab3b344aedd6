/// Measures of rankings and answers, and the statistics over queries. Numbers in, numbers out: no
/// database, no search.
@NullMarked
package engram.eval.metric;

import org.jspecify.annotations.NullMarked;
