package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeChunkerTest extends ChunkerContract {
  @Override
  protected Chunker chunker() {
    return new CodeChunker(MAX_TOKENS);
  }

  private static Extraction code(String text) {
    return extraction(List.of(new Part(Block.Kind.CODE, 0, text)));
  }

  @Test
  void methodsOfAClassThatIsTooLongAreUnitsAndKnowTheirClass() {
    StringBuilder text =
        new StringBuilder("package a;\n\n/** Counts. */\npublic class Counter {\n");
    for (int i = 0; i < 12; i++) {
      text.append("\n  /** Adds ")
          .append(i)
          .append(". */\n  @Deprecated\n  public int add")
          .append(i)
          .append("(int value) {\n    int sum = value + ")
          .append(i)
          .append(";\n    if (sum > 100) {\n      sum = 0;\n    }\n    return sum;\n  }\n");
    }
    Extraction e = code(text.append("}\n").toString());
    List<Chunk> chunks = chunker().chunk(e);
    assertThat(chunks).hasSizeGreaterThan(4);
    assertThat(chunks.getFirst().context()).isEmpty();
    assertThat(chunks).noneMatch(chunk -> chunk.text(e).matches("[\\s}]*"));
    List<Chunk> inside = chunks.stream().filter(c -> !c.text(e).contains("class Counter")).toList();
    for (Chunk chunk : inside.subList(1, inside.size())) {
      assertThat(chunk.context()).isEqualTo("public class Counter {");
      assertThat(chunk.text(e).strip()).as("whole methods").startsWith("/** Adds").endsWith("}");
      assertThat(chunk.kind()).isEqualTo(Chunk.Kind.CODE);
    }
  }

  @Test
  void aFunctionThatIsTooLongIsCutBetweenLinesAndKeepsItsSignature() {
    StringBuilder text = new StringBuilder("import os\n\ndef run(path):\n    total = 0\n");
    for (int i = 0; i < 60; i++) {
      text.append("    total += len(path) * ").append(i).append('\n');
    }
    text.append("    return total\n\n\ndef stop():\n    pass\n");
    Extraction e = code(text.toString());
    List<Chunk> chunks = chunker().chunk(e);
    List<Chunk> inside = chunks.stream().filter(c -> c.text(e).contains("total +=")).toList();
    assertThat(inside).hasSizeGreaterThan(3);
    assertThat(inside.get(1).context()).isEqualTo("def run(path):");
    assertThat(inside).allMatch(chunk -> chunk.text(e).strip().matches("(?s)(import|def|total).*"));
    assertThat(chunks.getLast().text(e)).contains("def stop():");
    assertThat(chunks.getLast().context()).isEmpty();
  }

  @Test
  void whatStandsAtTheMarginOfAFunctionDoesNotEndIt() {
    StringBuilder text = new StringBuilder("int run(int argc)\n{\n    int total = 0;\n");
    for (int i = 0; i < 60; i++) {
      text.append(i == 5 ? "#ifdef DEBUG\n" : i == 6 ? "#endif\n" : i == 7 ? "again:\n" : "");
      text.append("    total += argc * ").append(i).append(";\n");
    }
    Extraction e = code(text.append("    return total;\n}\n\nint stop(void)\n{\n}\n").toString());
    List<Chunk> inside =
        chunker().chunk(e).stream().filter(c -> c.text(e).contains("total +=")).toList();
    assertThat(inside).hasSizeGreaterThan(3);
    for (Chunk chunk : inside.subList(1, inside.size())) {
      assertThat(chunk.context()).isEqualTo("int run(int argc)");
    }
  }

  @Test
  void aRescueBelongsToItsMethod() {
    StringBuilder text = new StringBuilder("def run(path)\n  total = 0\nrescue IOError\n");
    for (int i = 0; i < 60; i++) {
      text.append("  total += path.size * ").append(i).append('\n');
    }
    Extraction e = code(text.append("end\n\ndef stop\n  exit\nend\n").toString());
    List<Chunk> chunks = chunker().chunk(e);
    List<Chunk> inside = chunks.stream().filter(c -> c.text(e).contains("total +=")).toList();
    assertThat(inside).hasSizeGreaterThan(3);
    for (Chunk chunk : inside.subList(1, inside.size())) {
      assertThat(chunk.context()).isEqualTo("def run(path)");
    }
  }

  @Test
  void aShortListingStaysWithItsText() {
    Extraction e =
        extraction(
            List.of(
                new Part(Block.Kind.PARAGRAPH, 0, "Call it so:"),
                new Part(Block.Kind.CODE, 0, "run();"),
                new Part(Block.Kind.PARAGRAPH, 0, "Then wait.")));
    assertThat(chunker().chunk(e)).hasSize(1);
  }
}
