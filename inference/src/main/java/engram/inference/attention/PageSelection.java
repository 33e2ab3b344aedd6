package engram.inference.attention;

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

  int blocks() {
    return (offsets.length - 1) / heads;
  }
}
