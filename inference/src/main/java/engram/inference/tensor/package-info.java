/// Element types of weights, and what their bytes mean.
///
/// Decoding here is exact and slow: the definition that kernels are held against. [Quantization] is
/// its inverse, for tests, benchmarks and repacking. No arithmetic between tensors (that is
/// `kernel`), no files (`model`).
@NullMarked
package engram.inference.tensor;

import org.jspecify.annotations.NullMarked;
