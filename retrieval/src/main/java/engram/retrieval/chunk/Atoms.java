package engram.retrieval.chunk;

import com.ibm.icu.text.BreakIterator;
import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Cuts blocks into atoms that fit a chunk.
final class Atoms {
  /// No text has more characters to a token than this on average; longer is too long unseen, so no
  /// huge string is ever counted as a whole.
  private static final int CHARS_PER_TOKEN_MAX = 12;

  private static final Set<Block.Kind> BODIES =
      Set.of(Block.Kind.PARAGRAPH, Block.Kind.LIST_ITEM, Block.Kind.TABLE, Block.Kind.CODE);

  private final Extraction extraction;
  private final String text;
  private final Locale locale;
  private final int maxTokens;
  private final List<Atom> atoms = new ArrayList<>();

  /// Of what kind blocks are cut although they fit.
  private final Set<Block.Kind> always;

  private Atoms(Extraction extraction, int maxTokens, Set<Block.Kind> always) {
    this.extraction = extraction;
    this.text = extraction.text();
    String language = extraction.language();
    this.locale = language == null ? Locale.ROOT : Locale.forLanguageTag(language);
    this.maxTokens = maxTokens;
    this.always = always;
  }

  /// Blocks, and sentences, rows or lines of those that are larger than `maxTokens`.
  static List<Atom> of(Extraction extraction, int maxTokens) {
    return new Atoms(extraction, maxTokens, Set.of()).cut(extraction);
  }

  /// Headings, sentences, rows and lines.
  static List<Atom> finest(Extraction extraction, int maxTokens) {
    return new Atoms(extraction, maxTokens, BODIES).cut(extraction);
  }

  /// As [#of], but all blocks of a kind are cut.
  static List<Atom> finestOf(Block.Kind kind, Extraction extraction, int maxTokens) {
    return new Atoms(extraction, maxTokens, Set.of(kind)).cut(extraction);
  }

  private List<Atom> cut(Extraction extraction) {
    List<List<String>> paths = HeadingPaths.of(extraction);
    boolean glued = false;
    for (int i = 0; i < paths.size(); i++) {
      Block block = extraction.blocks().get(i);
      if (block.start() < block.end()) {
        add(block, paths.get(i), glued);
        glued = HeadingPaths.isHeading(block.kind());
      }
    }
    return atoms;
  }

  private void add(Block block, List<String> path, boolean glued) {
    int strength =
        switch (block.kind()) {
          case ATTACHMENT -> Atom.FILE;
          case LIST_ITEM -> Atom.ITEM;
          default -> Atom.BLOCK;
        };
    int first = glued ? Atom.GLUED : strength;
    int tokens = tokens(block.start(), block.end());
    // What a heading is glued to must leave room for it, or it is cut smaller.
    int room = glued && !atoms.isEmpty() ? maxTokens - atoms.getLast().tokens() - 1 : maxTokens;
    if (tokens <= room && !always.contains(block.kind())) {
      atoms.add(atom(block.start(), block.end(), tokens, first, block, path));
      return;
    }
    int next = first;
    for (Span part : parts(block)) {
      int partTokens = tokens(part.start(), part.end());
      if (partTokens <= maxTokens) {
        atoms.add(atom(part.start(), part.end(), partTokens, next, block, path));
      } else {
        for (Span piece : pieces(part)) {
          int pieceTokens = tokens(piece.start(), piece.end());
          atoms.add(atom(piece.start(), piece.end(), pieceTokens, next, block, path));
          next = Atom.WITHIN;
        }
      }
      next = Atom.PART;
    }
  }

  private Atom atom(int start, int end, int tokens, int strength, Block block, List<String> path) {
    int hash = mixed(text.substring(start, end).hashCode());
    return new Atom(start, end, tokens, strength, hash, block.kind(), path);
  }

  /// Spreads `String.hashCode`, whose high bits hardly differ between short texts (the finaliser of
  /// MurmurHash3, Austin Appleby, public domain).
  static int mixed(int hash) {
    int h = hash;
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return h ^ (h >>> 16);
  }

  /// The count, or more than fits if the span is too long to be worth counting.
  private int tokens(int start, int end) {
    return tokens(text, start, end, maxTokens);
  }

  static int tokens(String text, int start, int end, int maxTokens) {
    return (end - start) / CHARS_PER_TOKEN_MAX > maxTokens
        ? Integer.MAX_VALUE
        : Tokens.count(text.substring(start, end));
  }

  private List<Span> parts(Block block) {
    return switch (block.kind()) {
      case TABLE -> lines(block, true);
      case CODE -> lines(block, false);
      case TITLE, HEADING, PARAGRAPH, LIST_ITEM, ATTACHMENT -> {
        List<Span> spans = new ArrayList<>();
        for (Span s : Sentences.split(text.substring(block.start(), block.end()), locale)) {
          spans.add(new Span(block.start() + s.start(), block.start() + s.end()));
        }
        yield spans;
      }
    };
  }

  /// @param rows whether a line may have line ends within a cell
  private List<Span> lines(Block block, boolean rows) {
    List<Span> lines = new ArrayList<>();
    for (int start = block.start(); start < block.end(); ) {
      int newline = rows ? Rows.end(extraction, start, block.end()) : text.indexOf('\n', start);
      int end = newline < 0 || newline > block.end() ? block.end() : newline;
      int trimmed = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
      if (!text.substring(start, trimmed).isBlank()) {
        lines.add(new Span(start, trimmed));
      }
      start = end + 1;
    }
    return lines;
  }

  /// Cuts between words where there are any, else between characters as a reader sees them.
  private List<Span> pieces(Span whole) {
    List<Span> pieces = new ArrayList<>();
    BreakIterator characters = BreakIterator.getCharacterInstance(locale);
    int start = whole.start();
    while (start < whole.end()) {
      int length = unpaired(start, Math.min(whole.end() - start, maxTokens * 4));
      while (length > 2 && Tokens.count(text.substring(start, start + length)) > maxTokens) {
        length = unpaired(start, length * 3 / 4);
      }
      int end = start + length;
      if (end < whole.end()) {
        end = wordEnd(start, end, characters);
      }
      pieces.add(new Span(start, end));
      start = end;
      while (start < whole.end() && Character.isWhitespace(text.charAt(start))) {
        start++;
      }
    }
    return pieces;
  }

  /// The length, or one less where that would cut a surrogate pair.
  private int unpaired(int start, int length) {
    return length > 1 && Character.isHighSurrogate(text.charAt(start + length - 1))
        ? length - 1
        : length;
  }

  private int wordEnd(int start, int limit, BreakIterator characters) {
    for (int i = limit; i > start + (limit - start) / 2; i--) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    String window =
        text.substring(
            start, unpaired(start, Math.min(text.length() - start, limit - start + 16)) + start);
    characters.setText(window);
    int cut =
        characters.isBoundary(limit - start) ? limit - start : characters.preceding(limit - start);
    return cut > 0 ? start + cut : limit;
  }
}
