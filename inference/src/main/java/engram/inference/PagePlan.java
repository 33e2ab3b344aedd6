package engram.inference;

import java.util.Arrays;
import java.util.function.IntFunction;

/// The pages that blocks of queries see, in compressed rows: those of block `b` are
/// `pages[starts[b]]` up to `pages[starts[b + 1]]`, ascending. Page `p` holds positions `[p *
/// pageTokens, (p + 1) * pageTokens)`.
///
/// @param starts `[blocks + 1]`
/// @param whole `[pages]`: whether every query of the block sees every position of the page, so
///   that no mask is needed
@SuppressWarnings("ArrayRecordComponent") // never compared; plans are made for each pass
public record PagePlan(int[] starts, int[] pages, boolean[] whole) {
  static PagePlan of(
      IntFunction<int[]> spans, int firstQuery, int queries, int queryBlock, int pageTokens) {
    if (firstQuery < 0 || queries < 0 || queryBlock < 1 || pageTokens < 1) {
      throw new IllegalArgumentException(
          "firstQuery %d, queries %d, queryBlock %d, pageTokens %d"
              .formatted(firstQuery, queries, queryBlock, pageTokens));
    }
    int blocks = (queries + queryBlock - 1) / queryBlock;
    int pageCount = (firstQuery + queries + pageTokens - 1) / pageTokens;
    int[] starts = new int[blocks + 1];
    int[] pages = new int[pageCount];
    boolean[] whole = new boolean[pageCount];
    int size = 0;
    for (int block = 0; block < blocks; block++) {
      int from = firstQuery + block * queryBlock;
      int to = Math.min(firstQuery + queries, from + queryBlock);
      int[] seenBy = new int[pageCount];
      int[] wholeFor = new int[pageCount];
      for (int query = from; query < to; query++) {
        count(spans.apply(query), pageTokens, seenBy, wholeFor);
      }
      for (int page = 0; page < pageCount; page++) {
        if (seenBy[page] > 0) {
          if (size == pages.length) {
            pages = Arrays.copyOf(pages, 2 * size + 1);
            whole = Arrays.copyOf(whole, 2 * size + 1);
          }
          pages[size] = page;
          whole[size++] = wholeFor[page] == to - from;
        }
      }
      starts[block + 1] = size;
    }
    return new PagePlan(starts, Arrays.copyOf(pages, size), Arrays.copyOf(whole, size));
  }

  private static void count(int[] spans, int pageTokens, int[] seenBy, int[] wholeFor) {
    int last = -1;
    for (int i = 0; i < spans.length; i += 2) {
      for (int page = spans[i] / pageTokens; page * pageTokens < spans[i + 1]; page++) {
        // Two spans may meet in one page; then neither fills it.
        if (page != last) {
          seenBy[page]++;
        }
        last = page;
        if (spans[i] <= page * pageTokens && (page + 1) * pageTokens <= spans[i + 1]) {
          wholeFor[page]++;
        }
      }
    }
  }
}
