/// From scores to text: sampling, log-probabilities, stop strings, constraints on the output, and
/// drafts with their verification.
///
/// It gets rows of scores and knows neither the model that made them, nor cache, batch or other
/// requests: all here depends on one sequence and its settings alone.
@NullMarked
package engram.inference.decode;

import org.jspecify.annotations.NullMarked;
