package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Box;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;

/// Makes chunks of cuts: finds pages, boxes, headings and the header of a table that is cut.
final class ChunkBuilder {
  /// A header longer than this is cut: it is repeated with every chunk.
  private static final int CONTEXT_CHARS_MAX = 1_000;

  private final Extraction extraction;
  private final List<List<String>> paths;
  private int blockIndex;

  ChunkBuilder(Extraction extraction) {
    this.extraction = extraction;
    this.paths = HeadingPaths.of(extraction);
  }

  /// @param cuts in text order by start and by end
  /// @param maxTokens of one chunk
  static List<Chunk> build(Extraction extraction, List<Cut> cuts, int maxTokens) {
    ChunkBuilder builder = new ChunkBuilder(extraction);
    List<Chunk> chunks = new ArrayList<>(cuts.size());
    cuts.forEach(cut -> chunks.add(builder.chunk(cut)));
    return new Parents(extraction, builder.paths, maxTokens).of(chunks);
  }

  private Chunk chunk(Cut cut) {
    int start = cut.start();
    int end = cut.end();
    List<Block> blocks = extraction.blocks();
    while (blockIndex > 0 && blocks.get(blockIndex - 1).end() > start) {
      blockIndex--;
    }
    while (blockIndex < blocks.size() && blocks.get(blockIndex).end() <= start) {
      blockIndex++;
    }
    int last = blockIndex;
    while (last < blocks.size() && blocks.get(last).start() < end) {
      last++;
    }
    List<Block> touched = blocks.subList(blockIndex, last);
    List<Box> boxes = new ArrayList<>();
    int pageFrom = 0;
    int pageTo = 0;
    for (Block block : touched) {
      List<Box> within =
          block.boxes().stream().filter(b -> b.start() < end && b.end() > start).toList();
      boxes.addAll(within);
      // A block may begin on an earlier page than what is here of it: tables do.
      List<Integer> pages =
          within.isEmpty() ? List.of(block.page()) : within.stream().map(Box::page).toList();
      for (int page : pages) {
        pageFrom = pageFrom == 0 || page == 0 ? Math.max(pageFrom, page) : Math.min(pageFrom, page);
        pageTo = Math.max(pageTo, page);
      }
    }
    return new Chunk(
        start,
        end,
        pageFrom,
        pageTo,
        boxes,
        sharedPath(blockIndex, last),
        context(cut, touched),
        new Span(start, end),
        Tokens.count(extraction.text().substring(start, end)),
        kind(touched));
  }

  /// What the body's headings share: those in front of their text stand under less than it does.
  private List<String> sharedPath(int from, int to) {
    boolean bodies =
        extraction.blocks().subList(from, to).stream()
            .anyMatch(block -> !HeadingPaths.isHeading(block.kind()));
    List<String> shared = null;
    for (int i = from; i < to; i++) {
      if (bodies && HeadingPaths.isHeading(extraction.blocks().get(i).kind())) {
        continue;
      }
      List<String> path = paths.get(i);
      int same = 0;
      while (shared != null
          && same < shared.size()
          && same < path.size()
          && shared.get(same).equals(path.get(same))) {
        same++;
      }
      shared = shared == null ? path : shared.subList(0, same);
    }
    return shared == null ? List.of() : shared;
  }

  private static Chunk.Kind kind(List<Block> touched) {
    if (touched.isEmpty()) {
      return Chunk.Kind.TEXT;
    }
    Block.Kind first = touched.getFirst().kind();
    if (touched.stream().anyMatch(block -> block.kind() != first)) {
      return Chunk.Kind.TEXT;
    }
    return switch (first) {
      case TABLE -> Chunk.Kind.TABLE;
      case CODE -> Chunk.Kind.CODE;
      case TITLE, HEADING, PARAGRAPH, LIST_ITEM, ATTACHMENT -> Chunk.Kind.TEXT;
    };
  }

  private String context(Cut cut, List<Block> touched) {
    String header = "";
    if (!touched.isEmpty() && touched.getFirst().start() < cut.start()) {
      header = header(touched.getFirst(), cut.start());
    }
    String both =
        cut.context().isEmpty() || header.isEmpty()
            ? cut.context() + header
            : cut.context() + "\n" + header;
    return shortened(both);
  }

  /// The header rows of a table, if they end before `start`.
  private String header(Block block, int start) {
    int end = Rows.headerEnd(extraction, block);
    return end > start ? "" : extraction.text().substring(block.start(), end).strip();
  }

  static String shortened(String context) {
    return shortened(context, CONTEXT_CHARS_MAX);
  }

  static String shortened(String line, int charsMax) {
    if (line.length() <= charsMax) {
      return line;
    }
    boolean pair = Character.isHighSurrogate(line.charAt(charsMax - 1));
    return line.substring(0, pair ? charsMax - 1 : charsMax);
  }
}
