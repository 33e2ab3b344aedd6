package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives each chunk its parent: what a reader of the chunk is shown when the chunk alone is too
/// little (small to big: search small pieces, read large ones).
///
/// The parent is the smallest section with more than this chunk in it, if it has at most
/// [#tokensMax] tokens. Of a larger section it is the group of neighbouring chunks that has,
/// counted from the section's start. It begins where a chunk begins and ends where one ends; a
/// chunk that stands alone is its own parent.
final class Parents {
  private static final int CHUNKS_PER_PARENT = 4;
  private static final int TOKENS_MAX = 4_096;

  private final Extraction extraction;
  private final List<List<String>> paths;
  private final int tokensMax;

  /// `sums[i]`: tokens of the chunks before `i`, those of overlaps counted once.
  private long[] sums = {};

  private List<Chunk> chunks = List.of();
  private final Map<Section, int[]> groups = new HashMap<>();

  /// Identity is what makes it a key: two sections may have the same heading.
  private static final class Section {
    final int start;
    final int depth;
    final @Nullable Section above;
    int end;

    Section(int start, int end, int depth, @Nullable Section above) {
      this.start = start;
      this.end = end;
      this.depth = depth;
      this.above = above;
    }
  }

  Parents(Extraction extraction, List<List<String>> paths, int chunkTokensMax) {
    this.extraction = extraction;
    this.paths = paths;
    this.tokensMax = Math.min(TOKENS_MAX, CHUNKS_PER_PARENT * chunkTokensMax);
  }

  List<Chunk> of(List<Chunk> all) {
    chunks = all;
    sums = new long[all.size() + 1];
    int covered = 0;
    for (int i = 0; i < all.size(); i++) {
      Chunk chunk = all.get(i);
      long fresh = Math.max(0, chunk.end() - Math.max(covered, chunk.start()));
      sums[i + 1] = sums[i] + chunk.tokens() * fresh / (chunk.end() - chunk.start());
      covered = Math.max(covered, chunk.end());
    }
    List<Section> sections = sections();
    List<Chunk> withParents = new ArrayList<>(all.size());
    int at = 0;
    for (int i = 0; i < all.size(); i++) {
      while (at + 1 < sections.size() && sections.get(at + 1).start <= all.get(i).start()) {
        at++;
      }
      withParents.add(all.get(i).within(parent(i, sections.get(at))));
    }
    return withParents;
  }

  /// In text order; the first is the document.
  private List<Section> sections() {
    int length = extraction.text().length();
    List<Section> sections = new ArrayList<>();
    Section now = new Section(0, length, 0, null);
    sections.add(now);
    for (int i = 0; i < paths.size(); i++) {
      Block block = extraction.blocks().get(i);
      if (!HeadingPaths.isHeading(block.kind()) || block.start() == block.end()) {
        continue;
      }
      int depth = paths.get(i).size();
      while (now.above != null && now.depth >= depth) {
        now.end = block.start();
        now = now.above;
      }
      now = new Section(block.start(), length, depth, now);
      sections.add(now);
    }
    return sections;
  }

  private Span parent(int index, Section innermost) {
    Chunk chunk = chunks.get(index);
    for (@Nullable Section section = innermost; section != null; section = section.above) {
      if (section.end < chunk.end()) {
        continue;
      }
      int from = firstEndingAfter(section.start);
      int to = firstStartingFrom(section.end);
      if (to - from < 2 || index < from) {
        continue;
      }
      return sums[to] - sums[from] <= tokensMax ? span(from, to) : group(section, from, to, index);
    }
    return new Span(chunk.start(), chunk.end());
  }

  private Span span(int from, int to) {
    return new Span(chunks.get(from).start(), chunks.get(to - 1).end());
  }

  private Span group(Section section, int from, int to, int index) {
    int[] ends = groups.computeIfAbsent(section, s -> groupEnds(from, to));
    int found = Arrays.binarySearch(ends, index + 1);
    int at = found < 0 ? -found - 1 : found;
    return span(at == 0 ? from : ends[at - 1], ends[at]);
  }

  private int[] groupEnds(int from, int to) {
    List<Integer> ends = new ArrayList<>();
    int start = from;
    for (int i = from + 1; i <= to; i++) {
      if (i == to || sums[i + 1] - sums[start] > tokensMax) {
        ends.add(i);
        start = i;
      }
    }
    return ends.stream().mapToInt(end -> end).toArray();
  }

  private int firstEndingAfter(int position) {
    int low = 0;
    int high = chunks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (chunks.get(middle).end() > position) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int firstStartingFrom(int position) {
    int low = 0;
    int high = chunks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (chunks.get(middle).start() >= position) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
