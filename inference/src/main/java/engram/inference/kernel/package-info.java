/// The arithmetic of inference on this machine's processors: products with packed weights, norms,
/// rotations, gates, and attention over pages.
///
/// [Kernels] is what the rest of the room calls. Behind it stands one [Backend]: the C kernels for
/// the instruction set found, or their Java twins, which are also what defines the right result.
/// Inside a backend there are addresses and ranges only; bounds are checked once, in front of it.
///
/// Knows no model, no sequence and no cache: who owns a page, and which tokens lie in it, is
/// `cache`'s; which pages a query sees is `attention`'s.
@NullMarked
package engram.inference.kernel;

import org.jspecify.annotations.NullMarked;
