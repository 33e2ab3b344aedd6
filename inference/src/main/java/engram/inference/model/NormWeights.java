package engram.inference.model;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// @param bias of a layer norm; null for an RMS norm
record NormWeights(MemorySegment weight, @Nullable MemorySegment bias) {}
