package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode code points without surrogates, which no UTF-8 text has.
///
/// Ranges ascend, do not touch, and both ends belong to them.
record CodePoints(List<Range> ranges) {
  record Range(int first, int last) {}

  private static final int SURROGATE_FIRST = 0xD800;
  private static final int SURROGATE_LAST = 0xDFFF;

  static final CodePoints ALL = of(0, Character.MAX_CODE_POINT);
  static final CodePoints NONE = new CodePoints(List.of());

  CodePoints {
    ranges = normalised(ranges);
  }

  static CodePoints of(int first, int last) {
    return new CodePoints(List.of(new Range(first, last)));
  }

  static CodePoints of(String each) {
    return new CodePoints(each.codePoints().mapToObj(c -> new Range(c, c)).toList());
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  boolean contains(int codePoint) {
    return ranges.stream().anyMatch(r -> r.first <= codePoint && codePoint <= r.last);
  }

  CodePoints or(CodePoints other) {
    List<Range> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return new CodePoints(both);
  }

  CodePoints complement() {
    List<Range> gaps = new ArrayList<>();
    int next = 0;
    for (Range range : ranges) {
      if (next < range.first) {
        gaps.add(new Range(next, range.first - 1));
      }
      next = range.last + 1;
    }
    if (next <= Character.MAX_CODE_POINT) {
      gaps.add(new Range(next, Character.MAX_CODE_POINT));
    }
    return new CodePoints(gaps);
  }

  CodePoints and(CodePoints other) {
    return complement().or(other.complement()).complement();
  }

  CodePoints minus(CodePoints other) {
    return and(other.complement());
  }

  private static List<Range> normalised(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>();
    for (Range range : ranges) {
      if (range.first < 0 || range.last > Character.MAX_CODE_POINT || range.first > range.last) {
        throw new GrammarException(
            "no range of characters: U+%04X to U+%04X".formatted(range.first, range.last));
      }
      addOutside(sorted, range.first, Math.min(range.last, SURROGATE_FIRST - 1));
      addOutside(sorted, Math.max(range.first, SURROGATE_LAST + 1), range.last);
    }
    sorted.sort(Comparator.comparingInt(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range range : sorted) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && range.first <= before.last + 1) {
        merged.set(merged.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
      } else {
        merged.add(range);
      }
    }
    return List.copyOf(merged);
  }

  private static void addOutside(List<Range> to, int first, int last) {
    if (first <= last) {
      to.add(new Range(first, last));
    }
  }

  /// The UTF-8 forms of the set: sequences of byte ranges, `{first, last}` for each byte. Within a
  /// sequence every combination of bytes is one code point's form.
  List<int[][]> utf8() {
    List<int[][]> sequences = new ArrayList<>();
    for (Range range : ranges) {
      int first = range.first;
      for (int longest : new int[] {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT}) {
        if (first <= longest && first <= range.last) {
          split(first, Math.min(range.last, longest), sequences);
          first = longest + 1;
        }
      }
    }
    return sequences;
  }

  /// Splits a range of forms of equal length until only whole blocks of trailing bytes are left.
  private static void split(int first, int last, List<int[][]> into) {
    int length = encode(first).length;
    for (int trailing = 1; trailing < length; trailing++) {
      int block = (1 << (6 * trailing)) - 1;
      if ((first & ~block) != (last & ~block)) {
        if ((first & block) != 0) {
          split(first, first | block, into);
          split((first | block) + 1, last, into);
          return;
        }
        if ((last & block) != block) {
          split(first, (last & ~block) - 1, into);
          split(last & ~block, last, into);
          return;
        }
      }
    }
    byte[] low = encode(first);
    byte[] high = encode(last);
    int[][] sequence = new int[length][];
    for (int i = 0; i < length; i++) {
      sequence[i] = new int[] {low[i] & 0xFF, high[i] & 0xFF};
    }
    into.add(sequence);
  }

  /// Also of surrogates, which only arise within `split` and never in a sequence's ends.
  private static byte[] encode(int c) {
    if (c < 0x80) {
      return new byte[] {(byte) c};
    }
    if (c < 0x800) {
      return new byte[] {(byte) (0xC0 | (c >> 6)), tail(c)};
    }
    if (c < 0x10000) {
      return new byte[] {(byte) (0xE0 | (c >> 12)), tail(c >> 6), tail(c)};
    }
    return new byte[] {(byte) (0xF0 | (c >> 18)), tail(c >> 12), tail(c >> 6), tail(c)};
  }

  private static byte tail(int bits) {
    return (byte) (0x80 | (bits & 0x3F));
  }

  @Override
  public String toString() {
    return Arrays.toString(ranges.stream().map(r -> "%X-%X".formatted(r.first, r.last)).toArray());
  }
}
