package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;

/// The headings that each block stands under, outermost first; a heading stands under itself.
final class HeadingPaths {
  private static final int HEADING_CHARS_MAX = 300;

  private final String text;
  private final List<String> path = new ArrayList<>();
  private final List<Integer> levels = new ArrayList<>();

  private HeadingPaths(String text) {
    this.text = text;
  }

  /// One for each block, in order.
  static List<List<String>> of(Extraction extraction) {
    HeadingPaths here = new HeadingPaths(extraction.text());
    List<List<String>> paths = new ArrayList<>(extraction.blocks().size());
    List<String> now = List.of();
    for (Block block : extraction.blocks()) {
      if (isHeading(block.kind()) && block.start() < block.end()) {
        here.enter(block);
        now = List.copyOf(here.path);
      }
      paths.add(now);
    }
    return paths;
  }

  static boolean isHeading(Block.Kind kind) {
    return switch (kind) {
      case TITLE, HEADING, ATTACHMENT -> true;
      case PARAGRAPH, LIST_ITEM, TABLE, CODE -> false;
    };
  }

  /// A file inside the file begins its own outline, under its name.
  private void enter(Block block) {
    int level =
        switch (block.kind()) {
          case ATTACHMENT -> block.level() * 100 - 1000;
          case TITLE -> 0;
          default -> block.level();
        };
    while (!levels.isEmpty() && levels.getLast() >= level && !holds(levels.getLast(), block)) {
      levels.removeLast();
      path.removeLast();
    }
    String name =
        text.substring(block.start(), Math.min(block.end(), block.start() + HEADING_CHARS_MAX));
    path.add(name.replaceAll("^[#=]+\\s+|\\s+[#=]*$", "").replaceAll("\\s+", " "));
    levels.add(level);
  }

  /// An attachment's name stays above the headings inside it.
  private static boolean holds(int levelAbove, Block block) {
    return levelAbove < 0 && block.kind() != Block.Kind.ATTACHMENT;
  }
}
