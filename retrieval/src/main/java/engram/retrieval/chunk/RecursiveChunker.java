package engram.retrieval.chunk;

import engram.retrieval.chunk.Filling.Piece;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts at blank lines; what is then too long at line ends, then at sentence ends, then between
/// words, then between tokens; and fills chunks with neighbouring pieces of one kind.
///
/// The recursive character splitter of LangChain (`RecursiveCharacterTextSplitter`, 2023), the
/// default of most RAG frameworks, with token counts for characters and sentence ends among its
/// separators. Overlap is whole pieces.
public record RecursiveChunker(int maxTokens, int overlapTokens) implements Chunker {
  private static final List<Pattern> SEPARATORS =
      List.of(
          Pattern.compile("\\r?\\n[ \\t]*\\r?\\n\\s*"),
          Pattern.compile("\\r?\\n"),
          Pattern.compile("(?<=[.!?;:。！？；।॥؟])\\s+|(?<=[。！？；])"),
          Pattern.compile("\\s+"));

  @Override
  public List<Chunk> chunk(Extraction extraction) {
    List<Block> blocks =
        extraction.blocks().stream().filter(block -> block.start() < block.end()).toList();
    if (blocks.isEmpty()) {
      return List.of();
    }
    String text = extraction.text();
    List<Span> spans = new ArrayList<>();
    cut(text, new Span(blocks.getFirst().start(), blocks.getLast().end()), 0, spans);
    return ChunkBuilder.build(extraction, spans.stream().map(Cut::new).toList(), maxTokens);
  }

  private void cut(String text, Span whole, int depth, List<Span> chunks) {
    if (depth == SEPARATORS.size()) {
      chunks.addAll(new TokenWindows(maxTokens, overlapTokens).spans(text, whole));
      return;
    }
    Filling filling = new Filling(text, maxTokens, overlapTokens);
    List<Piece> fitting = new ArrayList<>();
    for (Span part : parts(text, whole, SEPARATORS.get(depth))) {
      int tokens = Atoms.tokens(text, part.start(), part.end(), maxTokens);
      if (tokens <= maxTokens) {
        fitting.add(new Piece(part.start(), part.end(), tokens));
      } else {
        chunks.addAll(filling.of(fitting));
        fitting.clear();
        cut(text, part, depth + 1, chunks);
      }
    }
    chunks.addAll(filling.of(fitting));
  }

  private static List<Span> parts(String text, Span whole, Pattern separator) {
    List<Span> parts = new ArrayList<>();
    Matcher matcher = separator.matcher(text).region(whole.start(), whole.end());
    matcher.useTransparentBounds(true);
    int start = whole.start();
    while (matcher.find()) {
      add(text, start, matcher.start(), parts);
      start = matcher.end();
    }
    add(text, start, whole.end(), parts);
    return parts;
  }

  private static void add(String text, int from, int to, List<Span> parts) {
    int start = from;
    int end = to;
    while (start < end && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    if (start < end) {
      parts.add(new Span(start, end));
    }
  }
}
