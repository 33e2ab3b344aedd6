/// What model files have in common: mapped bytes, tensors by name, and the one error.
///
/// Knows no format and no architecture.
@NullMarked
package engram.inference.model.file;

import org.jspecify.annotations.NullMarked;
