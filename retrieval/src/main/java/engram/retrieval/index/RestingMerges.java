package engram.retrieval.index;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.jspecify.annotations.Nullable;

/// Lucene's own merging, and another one for an index that rests: it becomes one segment, or a few
/// of which each is at least eight times as large as all that are smaller.
///
/// Lucene leaves up to eight segments on each level, which suits indexes that are written all the
/// time. A search pays for each segment: every word is looked up and every scorer made anew, and
/// each graph of vectors is walked, a walk costing with the logarithm of what is in it. Six
/// segments merged into one take the processor's time of a search by words down by four tenths.
///
/// While it is written, no segment grows beyond a gigabyte: a larger merge would make a large graph
/// that the next one, or rest, makes again.
///
/// The work stays small against what was written: a segment is rewritten only after an eighth of it
/// has come in beside it, so a chunk is written some nine times while an index grows to ten times
/// its size, and graphs are not made anew but go on from the largest.
final class RestingMerges extends FilterMergePolicy {
  /// No segment grows beyond; Lucene's own limit.
  static final long MERGED_BYTES_MAX = 5L << 30;

  private static final double WRITTEN_MB_MAX = 1_024;
  private static final int WORTH_IT = 8;

  /// A merge that is large takes the processor from what may begin any moment, so it waits until
  /// that has become unlikely: 40 seconds for an index of a million chunks.
  private static final long BYTES_PER_RESTED_MILLI = 64 << 10;

  private final long mergedBytesMax;

  RestingMerges(long mergedBytesMax) {
    super(new TieredMergePolicy().setMaxMergedSegmentMB(WRITTEN_MB_MAX));
    this.mergedBytesMax = mergedBytesMax;
  }

  /// What [org.apache.lucene.index.IndexWriter#forceMerge] does with this policy.
  @Override
  public @Nullable MergeSpecification findForcedMerges(
      SegmentInfos infos,
      int maxSegmentCount,
      Map<SegmentCommitInfo, Boolean> segmentsToMerge,
      MergeContext context)
      throws IOException {
    List<SegmentCommitInfo> free = new ArrayList<>();
    for (SegmentCommitInfo segment : infos) {
      if (!context.getMergingSegments().contains(segment)) {
        free.add(segment);
      }
    }
    List<SegmentCommitInfo> together = together(free, mergedBytesMax);
    if (together.isEmpty()) {
      return null;
    }
    MergeSpecification one = new MergeSpecification();
    one.add(new OneMerge(together));
    return one;
  }

  /// Those that should become one; none if nothing is gained by it.
  static List<SegmentCommitInfo> together(List<SegmentCommitInfo> segments, long mergedBytesMax)
      throws IOException {
    List<Sized> small = new ArrayList<>();
    for (SegmentCommitInfo segment : segments) {
      small.add(new Sized(segment, segment.sizeInBytes()));
    }
    small.sort(Comparator.comparingLong(Sized::bytes));
    long sum = small.stream().mapToLong(Sized::bytes).sum();
    // The largest that dwarf all the others wait until more has come.
    while (small.size() > 1
        && (sum > mergedBytesMax
            || small.getLast().bytes() > WORTH_IT * (sum - small.getLast().bytes()))) {
      sum -= small.removeLast().bytes();
    }
    return small.size() < 2 ? List.of() : small.stream().map(Sized::segment).toList();
  }

  /// Whether an index has rested for long enough to merge so much.
  static boolean isDue(long bytes, Duration rested) {
    return bytes <= rested.toMillis() * BYTES_PER_RESTED_MILLI;
  }

  private record Sized(SegmentCommitInfo segment, long bytes) {}
}
