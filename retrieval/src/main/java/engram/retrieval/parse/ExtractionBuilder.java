package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects text and blocks of one file and of the files inside it, in order.
///
/// Rendered formats hand over one block at a time; formats that are text already hand over the
/// whole decoded file once and then mark spans of it.
final class ExtractionBuilder {
  private static final int WARNINGS_MAX = 200;
  private static final int WARNING_CHARS_MAX = 500;
  private static final int BLOCKS_MAX = 2_000_000;
  private static final int TITLE_CHARS_MAX = 1_000;

  /// The text limit was reached; what is collected so far stands.
  static final class Full extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final int charsMax;
  private final StringBuilder text = new StringBuilder();
  private final List<Block> blocks = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private int warningsLeftOut;
  private @Nullable String title;
  private int pageCount;
  private int depth;
  private boolean full;
  private boolean hasBody;

  ExtractionBuilder(int charsMax) {
    this.charsMax = charsMax;
  }

  /// Appends a block of rendered text; blank text is dropped.
  void add(Block.Kind kind, int level, CharSequence raw) {
    add(kind, level, raw, 0, List.of());
  }

  /// @param lines boxes whose spans count from the start of `raw`; `raw` must not begin with space
  void add(Block.Kind kind, int level, CharSequence raw, int page, List<Box> lines) {
    int from = 0;
    int to = raw.length();
    while (to > from && isBlank(raw.charAt(to - 1))) {
      to--;
    }
    while (from < to
        && isBlank(raw.charAt(from))
        && (kind != Block.Kind.CODE || isLineEnd(raw, from))) {
      from++;
    }
    if (from == to) {
      return;
    }
    separate(kind);
    int base = text.length();
    int kept = append(raw, from, to);
    if (kept > 0) {
      List<Box> boxes = depth > 0 ? List.of() : shifted(lines, base - from, base + kept);
      block(new Block(kind, level, base, base + kept, depth > 0 ? 0 : page, boxes));
    }
    if (full) {
      throw new Full();
    }
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || c == '\u00a0' || c == '\ufeff' || c == '\u200b' || c < ' ';
  }

  private static boolean isLineEnd(CharSequence raw, int from) {
    for (int i = from; i < raw.length(); i++) {
      if (raw.charAt(i) == '\n') {
        return true;
      }
      if (!isBlank(raw.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<Box> shifted(List<Box> lines, int by, int endMax) {
    List<Box> boxes = new ArrayList<>(lines.size());
    for (Box box : lines) {
      int start = Math.max(0, box.start() + by);
      int end = Math.min(endMax, box.end() + by);
      if (start < end) {
        boxes.add(new Box(box.page(), box.x(), box.y(), box.width(), box.height(), start, end));
      }
    }
    return boxes;
  }

  private void separate(Block.Kind kind) {
    if (text.isEmpty()) {
      return;
    }
    Block last = blocks.isEmpty() ? null : blocks.getLast();
    boolean tight =
        last != null && kind == Block.Kind.LIST_ITEM && last.kind() == Block.Kind.LIST_ITEM;
    text.append(tight ? "\n" : "\n\n");
  }

  /// Appends the decoded text of a file that is text already, and returns where it begins: 0 for
  /// the uploaded file itself.
  int source(String decoded) {
    separate(Block.Kind.PARAGRAPH);
    int base = text.length();
    append(decoded, 0, decoded.length());
    return base;
  }

  /// Marks a span of what [#source] appended. Ends beyond the text limit are cut; empty spans and
  /// spans that begin before the end of the last block are dropped.
  void span(Block.Kind kind, int level, int start, int end) {
    int last = blocks.isEmpty() ? 0 : blocks.getLast().end();
    int from = Math.max(start, last);
    int to = Math.min(end, text.length());
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    while (from < to
        && isBlank(text.charAt(from))
        && (kind != Block.Kind.CODE || isLineEnd(text, from))) {
      from++;
    }
    if (from < to) {
      block(new Block(kind, level, from, to, 0, List.of()));
    }
  }

  private void block(Block block) {
    if (blocks.size() >= BLOCKS_MAX) {
      if (!full) {
        full = true;
        warn("Only the first " + BLOCKS_MAX + " blocks were kept.");
      }
      throw new Full();
    }
    blocks.add(block);
    hasBody |= block.kind() != Block.Kind.ATTACHMENT;
  }

  /// Length stays the same, character by character, so spans of `raw` stay valid.
  private int append(CharSequence raw, int from, int to) {
    int end = to;
    if (to - from > charsMax - text.length()) {
      end = from + Math.max(0, charsMax - text.length());
      if (end > from && Character.isHighSurrogate(raw.charAt(end - 1))) {
        end--;
      }
      if (!full) {
        full = true;
        warn(
            "The text was cut after "
                + charsMax
                + " characters (setting engram.retrieval.parsing.chars-max).");
      }
    }
    text.ensureCapacity(text.length() + end - from);
    for (int i = from; i < end; i++) {
      char c = raw.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < end
          && Character.isLowSurrogate(raw.charAt(i + 1))) {
        text.append(c).append(raw.charAt(++i));
      } else {
        text.append(c == 0 || Character.isSurrogate(c) ? '\ufffd' : c);
      }
    }
    return end - from;
  }

  void warn(String warning) {
    if (warnings.size() >= WARNINGS_MAX) {
      warningsLeftOut++;
    } else {
      String cut =
          warning.length() > WARNING_CHARS_MAX ? warning.substring(0, WARNING_CHARS_MAX) : warning;
      warnings.add(clean(cut));
    }
  }

  /// The first title that the uploaded file itself states wins.
  void title(@Nullable String stated) {
    if (stated == null || depth > 0 || title != null) {
      return;
    }
    String folded = clean(stated).replaceAll("[\\s\\p{Z}]+", " ").strip();
    if (!folded.isEmpty()) {
      title =
          folded.length() > TITLE_CHARS_MAX ? clean(folded.substring(0, TITLE_CHARS_MAX)) : folded;
    }
  }

  void pages(int count) {
    if (depth == 0) {
      pageCount = count;
    }
  }

  void enter() {
    depth++;
  }

  void leave() {
    depth--;
  }

  int depth() {
    return depth;
  }

  boolean isFull() {
    return full;
  }

  /// True once anything but names of attachments was found.
  boolean hasBody() {
    return hasBody;
  }

  int length() {
    return text.length();
  }

  Extraction build(String mediaType) {
    List<String> all = new ArrayList<>(warnings);
    if (warningsLeftOut > 0) {
      all.add("and " + warningsLeftOut + " more warnings");
    }
    String whole = text.toString();
    String named = title != null ? title : titleBlock(whole);
    return new Extraction(whole, named, mediaType, LanguageGuess.of(whole), pageCount, all, blocks);
  }

  private @Nullable String titleBlock(String whole) {
    for (Block block : blocks.subList(0, Math.min(blocks.size(), 20))) {
      if (block.kind() == Block.Kind.TITLE) {
        return whole.substring(
            block.start(), Math.min(block.end(), block.start() + TITLE_CHARS_MAX));
      }
    }
    return null;
  }

  static String clean(String raw) {
    StringBuilder out = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < raw.length()
          && Character.isLowSurrogate(raw.charAt(i + 1))) {
        out.append(c).append(raw.charAt(++i));
      } else if (c == 0 || Character.isSurrogate(c)) {
        out.append('\ufffd');
      } else {
        out.append(Character.isISOControl(c) ? ' ' : c);
      }
    }
    return out.toString();
  }
}
