package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.parse.DocumentParser;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import engram.retrieval.parse.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StructuralChunkerTest extends ChunkerContract {
  private static final long SEED = Long.getLong("seed", 42);

  @TempDir Path folder;

  @Override
  protected Chunker chunker() {
    return new StructuralChunker(MAX_TOKENS, 20);
  }

  @Test
  void aChunkKnowsItsHeadingsAndStaysInItsSection() throws IOException {
    Extraction e =
        markdown(
            "# Guide\n\nIntro.\n\n## Install\n\n"
                + "Run the installer now. ".repeat(60)
                + "\n\n## Use\n\n"
                + "Open the console and ask. ".repeat(60));
    List<Chunk> chunks = new StructuralChunker(100, 0).chunk(e);
    assertThat(chunks).hasSizeGreaterThan(4);
    for (Chunk chunk : chunks) {
      String text = chunk.text(e);
      assertThat(text.contains("installer") && text.contains("console")).isFalse();
      if (text.contains("installer")) {
        assertThat(chunk.headingPath()).containsExactly("Guide", "Install");
      }
    }
  }

  @Test
  void smallSectionsUnderOneHeadingAreMergedAndKeepWhatTheyShare() throws IOException {
    Extraction e = markdown("# FAQ\n\n## One\n\nYes.\n\n## Two\n\nNo.\n");
    List<Chunk> chunks = StructuralChunker.AUTO.chunk(e);
    assertThat(chunks).hasSize(1);
    assertThat(chunks.getFirst().headingPath()).containsExactly("FAQ");
  }

  @Test
  void aHeadingIsNeverTheEndOfAChunk() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      text.append("## Part ")
          .append(i)
          .append("\n\n")
          .append("Some words about it. ".repeat(12 + i))
          .append("\n\n");
    }
    Extraction e = markdown(text.toString());
    for (Chunk chunk : new StructuralChunker(100, 20).chunk(e)) {
      assertThat(chunk.text(e)).doesNotMatch("(?s).*## Part \\d+\\s*$");
    }
  }

  @Test
  void aLongTableIsCutBetweenRows() throws IOException {
    StringBuilder rows = new StringBuilder("name,city\n");
    for (int i = 0; i < 400; i++) {
      rows.append("person ").append(i).append(",town ").append(i).append('\n');
    }
    Extraction e = parse("t.csv", rows.toString());
    for (Chunk chunk : new StructuralChunker(100, 0).chunk(e)) {
      assertThat(chunk.kind()).isEqualTo(Chunk.Kind.TABLE);
      assertThat(chunk.text(e)).matches("(?s)(name|person).*\\d|name,city.*");
    }
  }

  @Test
  void aPartOfATableWithoutItsHeaderHasItAsContext() throws IOException {
    StringBuilder rows = new StringBuilder("| name | city |\n|---|---|\n");
    for (int i = 0; i < 100; i++) {
      rows.append("| person ").append(i).append(" | town ").append(i).append(" |\n");
    }
    Extraction e = markdown("# People\n\n" + rows);
    List<Chunk> chunks = new StructuralChunker(100, 0).chunk(e);
    assertThat(chunks.getFirst().context()).isEmpty();
    assertThat(chunks.subList(1, chunks.size()))
        .isNotEmpty()
        .allMatch(chunk -> chunk.context().equals("| name | city |"));
  }

  @Test
  void theParentIsTheSmallestSectionWithMoreInItOrAGroupOfALongOne() throws IOException {
    String words = "Run the installer now. ";
    Extraction e =
        markdown(
            "# Guide\n\nIntro.\n\n## Short\n\n"
                + words.repeat(30)
                + "\n\n## Long\n\n"
                + words.repeat(400));
    List<Chunk> chunks = new StructuralChunker(100, 0).chunk(e);
    int section = e.text().indexOf("## Short");
    int next = e.text().indexOf("## Long");
    for (Chunk chunk : chunks) {
      String parent = e.text().substring(chunk.parent().start(), chunk.parent().end());
      assertThat(Tokens.count(parent)).isBetween(101, 405);
      if (chunk.start() >= section && chunk.end() <= next) {
        assertThat(parent).startsWith("## Short").doesNotContain("## Long");
      } else if (chunk.start() >= next) {
        assertThat(chunk.parent().start()).isGreaterThanOrEqualTo(next);
      }
    }
  }

  @Test
  void overlapIsWholeSentencesOfTheChunkBefore() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("Sentence number ").append(i).append(" says something. ");
    }
    Extraction e = markdown(text.toString());
    List<Chunk> chunks = new StructuralChunker(120, 40).chunk(e);
    int overlaps = 0;
    for (int i = 1; i < chunks.size(); i++) {
      assertThat(chunks.get(i).text(e)).startsWith("Sentence number");
      assertThat(chunks.get(i).tokens()).isLessThanOrEqualTo(120);
      overlaps += chunks.get(i).start() < chunks.get(i - 1).end() ? 1 : 0;
    }
    assertThat(overlaps).isEqualTo(chunks.size() - 1);
  }

  @Test
  void textWithoutAnySpaceIsCutWithoutHurtingACharacter() throws IOException {
    Extraction e = parse("t.txt", "😀👩‍👩‍👧".repeat(600) + "x".repeat(5000));
    int covered = 0;
    for (Chunk chunk : new StructuralChunker(100, 0).chunk(e)) {
      assertThat(chunk.start()).isEqualTo(covered);
      assertThat(Character.isLowSurrogate(e.text().charAt(chunk.start()))).isFalse();
      assertThat(chunk.tokens()).isLessThanOrEqualTo(100);
      covered = chunk.end();
    }
    assertThat(covered).isEqualTo(e.text().length());
  }

  @Test
  void strangeSizesAreRefusedByName() {
    assertThatThrownBy(() -> new StructuralChunker(4, 0)).hasMessageContaining("maxTokens 4");
    assertThatThrownBy(() -> new StructuralChunker(100, 51))
        .hasMessageContaining("overlapTokens 51");
  }

  @Test
  void editingOneParagraphOfABookChangesOnlyTheChunksAroundIt() throws IOException {
    Path books = SharedData.folder("longtext-books");
    Random random = new Random(SEED);
    try (Stream<Path> files = Files.list(books)) {
      for (Path book :
          files
              .filter(f -> !f.toString().contains("SOURCE") && !f.toString().contains("SHA256"))
              .sorted()
              .toList()) {
        String name = book.getFileName().toString();
        String text = Files.readString(book);
        Set<String> before = texts(name, text);
        for (int round = 0; round < 2; round++) {
          int at = text.indexOf('\n', random.nextInt(text.length() - 1000)) + 1;
          String edited =
              text.substring(0, at)
                  + "An inserted remark, which was not here before.\n"
                  + text.substring(at);
          Set<String> after = texts(name, edited);
          after.removeAll(before);
          System.out.printf(
              "%s: %d chunks, %d changed by one insert%n", name, before.size(), after.size());
          assertThat(after).as("%s -Dseed=%d, round %d", name, SEED, round).hasSizeBetween(1, 12);
        }
      }
    }
  }

  private Set<String> texts(String name, String text) throws IOException {
    Extraction e = parse(name, text);
    Set<String> texts = new HashSet<>();
    StructuralChunker.AUTO.chunk(e).forEach(chunk -> texts.add(chunk.text(e)));
    return texts;
  }

  private Extraction markdown(String text) throws IOException {
    return parse("t.md", text);
  }

  private Extraction parse(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text);
    ParseOutcome outcome =
        new DocumentParser().parse(file, name, null, ParseLimits.DEFAULT, ParseProgress.NONE);
    return ((ParseOutcome.Parsed) outcome).extraction();
  }
}
