package engram.inference.schedule;

import java.util.List;

/// What a pass computes.
///
/// @param jobs of the slices
/// @param preempted gave their pages up
/// @param starved cannot go on: they alone hold all pages
record Batch(List<Job> jobs, List<Slice> slices, List<Job> preempted, List<Job> starved) {}
