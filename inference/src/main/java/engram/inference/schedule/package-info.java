/// Many requests, one batch: which tokens of which requests the next pass of a model computes.
///
/// Continuous batching with chunked prefill; prefixes shared in a radix tree; admission, fairness
/// between tenants, priorities, deadlines, cancellation; several models under one memory budget.
///
/// It knows a model as a pass over some tokens of some sequences ([StepModel]): no kernels, no
/// files, no text but through a request's own decoder.
@NullMarked
package engram.inference.schedule;

import org.jspecify.annotations.NullMarked;
