package engram.inference.attention;

import engram.inference.cache.KvSequence;
import engram.inference.kernel.PageFormat;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The pages that blocks of queries see, for sparse patterns: lists by head and block.
///
/// The list of head `h` and block `b` is `pages[offsets[i]] .. pages[offsets[i + 1] - 1]` with `i =
/// h blocks + b`; entries are indices into that KV head's list of pages, ascending. The mask still
/// holds inside the pages.
///
/// @param heads KV heads, or query heads where each has its own list
/// @param queryBlock queries that share a list; block `b` holds the sequence's queries `b
///   queryBlock ..` of this call
// Arrays: a plan is made for each layer and step, and read once.
@SuppressWarnings("ArrayRecordComponent")
public record PageSelection(int heads, int queryBlock, int[] offsets, int[] pages) {
  public PageSelection {
    if (heads < 1 || queryBlock < 1 || (offsets.length - 1) % heads != 0) {
      throw new IllegalArgumentException(
          "heads " + heads + ", queryBlock " + queryBlock + ", offsets " + offsets.length);
    }
    int last = 0;
    for (int offset : offsets) {
      if (offset < last || offset > pages.length) {
        throw new IllegalArgumentException("offset " + offset + " not ascending to the pages");
      }
      last = offset;
    }
  }

  /// The pages of all heads that hold positions `[low, high)`, for `queries` queries; null where
  /// that is all pages, or entries were dropped, so that a page's place does not tell its
  /// positions.
  ///
  /// It begins where a segment of all pages does: then sums are merged in the same order, and a
  /// query's result is the same whatever other queries are in the call.
  public static @Nullable PageSelection ofPositions(
      KvSequence sequence, int layer, int queries, int low, int high) {
    int heads = sequence.pool().layout().kvHeads();
    int all = sequence.pages(layer, 0);
    for (int head = 0; head < heads; head++) {
      int entries = sequence.entries(layer, head);
      if (entries == 0 || sequence.position(layer, head, entries - 1) != entries - 1) {
        return null;
      }
    }
    int first = low / PageFormat.TOKENS / Plan.SEGMENT_PAGES * Plan.SEGMENT_PAGES;
    int end = Math.min(all, (high + PageFormat.TOKENS - 1) / PageFormat.TOKENS);
    if (high <= low || (first == 0 && end == all)) {
      return null;
    }
    int[] offsets = new int[heads + 1];
    int[] pages = new int[heads * (end - first)];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = first + i % (end - first);
    }
    Arrays.setAll(offsets, head -> head * (end - first));
    return new PageSelection(heads, queries, offsets, pages);
  }

  int blocks() {
    return (offsets.length - 1) / heads;
  }
}
