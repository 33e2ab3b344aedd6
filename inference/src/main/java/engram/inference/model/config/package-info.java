/// What a model is: sizes, kinds of layers, positions, outputs, in one record whatever file said
/// so.
///
/// Knows no file and no weights.
@NullMarked
package engram.inference.model.config;

import org.jspecify.annotations.NullMarked;
