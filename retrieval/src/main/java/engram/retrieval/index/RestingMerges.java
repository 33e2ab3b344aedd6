package engram.retrieval.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.jspecify.annotations.Nullable;

/// Lucene's own merging, and another one for an index that rests: what is small becomes one
/// segment.
///
/// Lucene leaves up to eight segments on each level, which suits indexes that are written all the
/// time. A search pays for each segment (every word is looked up, every scorer made anew), and in
/// an index of a few ten thousand chunks that is more than the search itself: six segments merged
/// into one take the processor's time of a search down by four tenths.
///
/// The work stays small against what was written: a segment is rewritten only after an eighth of it
/// has come in beside it, and none that is large.
final class RestingMerges extends FilterMergePolicy {
  private static final long SMALL_BYTES = 64L << 20;
  private static final int WORTH_IT = 8;

  RestingMerges() {
    super(new TieredMergePolicy());
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
    List<SegmentCommitInfo> together = together(free);
    if (together.isEmpty()) {
      return null;
    }
    MergeSpecification one = new MergeSpecification();
    one.add(new OneMerge(together));
    return one;
  }

  /// Those that should become one; none if nothing is gained by it.
  static List<SegmentCommitInfo> together(List<SegmentCommitInfo> segments) throws IOException {
    List<Sized> small = new ArrayList<>();
    long sum = 0;
    for (SegmentCommitInfo segment : segments) {
      long bytes = segment.sizeInBytes();
      if (bytes < SMALL_BYTES) {
        small.add(new Sized(segment, bytes));
        sum += bytes;
      }
    }
    small.sort(Comparator.comparingLong(Sized::bytes));
    // The largest that dwarf all the others wait until more has come.
    while (small.size() > 1
        && small.getLast().bytes() > WORTH_IT * (sum - small.getLast().bytes())) {
      sum -= small.removeLast().bytes();
    }
    return small.size() < 2 ? List.of() : small.stream().map(Sized::segment).toList();
  }

  private record Sized(SegmentCommitInfo segment, long bytes) {}
}
