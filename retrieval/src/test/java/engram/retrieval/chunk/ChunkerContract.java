package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every [Chunker] keeps.
abstract class ChunkerContract {
  protected static final int MAX_TOKENS = 100;

  /// A chunker whose time grows with the square of its text does not get through these.
  private static final int CHARS_MANY = 50_000;

  /// With at most [#MAX_TOKENS] tokens.
  protected abstract Chunker chunker();

  record Part(Block.Kind kind, int level, String text) {}

  @Property(tries = 150)
  void chunksCoverTheTextInOrderAndFit(@ForAll("parts") List<Part> parts) {
    check(extraction(parts));
  }

  @Test
  void nothingGivesNothing() {
    assertThat(chunker().chunk(extraction(List.of()))).isEmpty();
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void largeTextsOfAnyKindAreCutInTime() {
    StringBuilder prose = new StringBuilder();
    for (int i = 0; prose.length() < CHARS_MANY; i++) {
      prose.append("Sentence ").append(i).append(" says a little more. ");
    }
    for (Block.Kind kind : Set.of(Block.Kind.PARAGRAPH, Block.Kind.CODE, Block.Kind.TABLE)) {
      check(extraction(List.of(new Part(kind, 0, prose.toString()))));
      check(extraction(List.of(new Part(kind, 0, "x".repeat(CHARS_MANY)))));
      check(extraction(List.of(new Part(kind, 1, "a,b\n  c d\n".repeat(CHARS_MANY / 10)))));
    }
    List<Part> blocks = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      blocks.add(new Part(Block.Kind.HEADING, 1 + i % 3, "Is this heading " + i + "?"));
      blocks.add(new Part(Block.Kind.PARAGRAPH, 0, "Some words about number " + i + "."));
    }
    check(extraction(blocks));
  }

  private void check(Extraction e) {
    List<Chunk> chunks = chunker().chunk(e);
    String text = e.text();
    BitSet covered = new BitSet(text.length());
    Set<Integer> starts = new HashSet<>();
    Set<Integer> ends = new HashSet<>();
    Chunk before = null;
    for (Chunk chunk : chunks) {
      assertThat(chunk.text(e)).isEqualTo(text.substring(chunk.start(), chunk.end())).isNotBlank();
      assertThat(isInsideAPair(text, chunk.start()) || isInsideAPair(text, chunk.end())).isFalse();
      assertThat(chunk.tokens())
          .isEqualTo(Tokens.count(chunk.text(e)))
          .isLessThanOrEqualTo(MAX_TOKENS);
      if (before != null) {
        assertThat(chunk.start()).isGreaterThanOrEqualTo(before.start());
        assertThat(chunk.end()).isGreaterThanOrEqualTo(before.end());
        assertThat(chunk.start() == before.start() && chunk.end() == before.end()).isFalse();
      }
      covered.set(chunk.start(), chunk.end());
      starts.add(chunk.start());
      ends.add(chunk.end());
      before = chunk;
    }
    for (Chunk chunk : chunks) {
      assertThat(starts.contains(chunk.parent().start())).isTrue();
      assertThat(ends.contains(chunk.parent().end())).isTrue();
      assertThat(chunk.parent().start()).isLessThanOrEqualTo(chunk.start());
      assertThat(chunk.parent().end()).isGreaterThanOrEqualTo(chunk.end());
      assertThat(isWellFormed(chunk.context())).isTrue();
    }
    for (Block block : e.blocks()) {
      for (int at = block.start(); at < block.end(); at++) {
        if (!isBlank(text.charAt(at)) && !covered.get(at)) {
          throw new AssertionError(
              "not covered: " + block.kind() + " at " + at + " '" + text.charAt(at) + "'");
        }
      }
    }
    assertThat(chunker().chunk(e)).isEqualTo(chunks);
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || c == '\u00a0';
  }

  private static boolean isInsideAPair(String text, int at) {
    return at > 0
        && at < text.length()
        && Character.isHighSurrogate(text.charAt(at - 1))
        && Character.isLowSurrogate(text.charAt(at));
  }

  private static boolean isWellFormed(String text) {
    return new String(
            text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            java.nio.charset.StandardCharsets.UTF_8)
        .equals(text);
  }

  /// Blocks with an empty line between them, as parsers give them.
  static Extraction extraction(List<Part> parts) {
    StringBuilder text = new StringBuilder();
    List<Block> blocks = new ArrayList<>();
    for (Part part : parts) {
      String stripped = part.text().replace('\u00a0', ' ').isBlank() ? "" : part.text().strip();
      if (stripped.isEmpty()) {
        continue;
      }
      text.append(text.isEmpty() ? "" : "\n\n");
      int start = text.length();
      text.append(stripped);
      blocks.add(new Block(part.kind(), part.level(), start, text.length(), 0, List.of()));
    }
    return new Extraction(text.toString(), null, "text/plain", "en", 0, List.of(), blocks);
  }

  @Provide
  Arbitrary<List<Part>> parts() {
    Arbitrary<String> words =
        Arbitraries.of(
            "the",
            "Zurich",
            "rate.",
            "Was",
            "it?",
            "12,5",
            "a|b",
            "😀",
            "👩‍👩‍👧",
            "ไทยไม่มี",
            "中文没有空格。",
            "Q: why",
            "A: so",
            "question,answer",
            "{",
            "}",
            "def f():",
            "class A {",
            "    x = 1",
            "\t",
            "\r\n",
            "\n",
            "\n\n",
            "\u00a0",
            "e\u0301",
            "#",
            "| --- |",
            "\"",
            "Donaudampfschifffahrtsgesellschaft",
            "x".repeat(700),
            "1 ".repeat(90));
    Arbitrary<String> texts =
        Combinators.combine(
                words.list().ofMinSize(1).ofMaxSize(120), Arbitraries.of(" ", " ", "\n", ""))
            .as((list, separator) -> String.join(separator, list));
    Arbitrary<Part> part =
        Combinators.combine(
                Arbitraries.of(Block.Kind.class), Arbitraries.integers().between(0, 3), texts)
            .as((kind, level, text) ->
                new Part(
                    kind,
                    kind == Block.Kind.ATTACHMENT ? Math.max(1, level) : level,
                    heading(kind) ? text.substring(0, Math.min(text.length(), 60)) : text));
    return part.map(ChunkerContract::paired).list().ofMaxSize(12);
  }

  private static boolean heading(Block.Kind kind) {
    return HeadingPaths.isHeading(kind);
  }

  /// Extractions hold no unpaired surrogate.
  private static Part paired(Part part) {
    String text = part.text();
    boolean broken = !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    return broken
        ? new Part(part.kind(), part.level(), text.substring(0, text.length() - 1))
        : part;
  }
}
