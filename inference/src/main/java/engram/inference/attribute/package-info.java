/// Which spans of the prompt an answer attended to: sums over rows of attention, exact as far as
/// the rows are.
///
/// Attention says where the model looked, not why it said what it did; what a span caused is told
/// only by leaving it out. It knows no model: it gets rows.
@NullMarked
package engram.inference.attribute;

import org.jspecify.annotations.NullMarked;
