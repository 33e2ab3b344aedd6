/// The GGUF format, versions 1 to 3, little-endian, in one file or split: metadata and tensors.
///
/// Every count and offset is checked before it is used, and what is kept of a file in memory is
/// bounded by its size and by the constants of [GgufReader]. Which keys and names an architecture
/// uses is said in [GgufConfig].
@NullMarked
package engram.inference.model.gguf;

import org.jspecify.annotations.NullMarked;
