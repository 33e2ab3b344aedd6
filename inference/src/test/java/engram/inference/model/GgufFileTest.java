package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.PublicData;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.gguf.GgufFile;
import engram.inference.model.gguf.GgufMetadata;
import engram.inference.tensor.ElementType;
import engram.inference.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void readsWhatWasWrittenInEveryVersion(int version) {
    Path file =
        new GgufWriter(version)
            .put("byte", (byte) 200)
            .put("short", new GgufWriter.Signed((short) -3))
            .put("int", 7)
            .put("signed", new GgufWriter.Signed(-7))
            .put("long", Long.MAX_VALUE)
            .put("float", 1.5f)
            .put("double", Math.PI)
            .put("bool", true)
            .put("text", "žluťoučký 馬")
            .put("ints", new int[] {1, 2, 3})
            .put("floats", new float[] {0.5f})
            .put("bools", new boolean[] {true, false})
            .put("texts", List.of("a", "", "b"))
            .put("nested", List.of(List.of("x"), List.of("y", "z")))
            .put("empty", List.of())
            .tensor("m", ElementType.F32, new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
            .tensor("v", ElementType.BF16, new float[] {1, 2}, 2)
            .write(folder.resolve("a.gguf"));

    try (GgufFile gguf = GgufFile.open(file)) {
      GgufMetadata metadata = gguf.metadata();
      assertThat(metadata.values().get("byte")).isEqualTo(200L);
      assertThat(metadata.values().get("short")).isEqualTo(-3L);
      assertThat(metadata.values().get("signed")).isEqualTo(-7L);
      assertThat(metadata.values().get("long")).isEqualTo(Long.MAX_VALUE);
      assertThat(metadata.number("float")).isEqualTo(1.5);
      assertThat(metadata.number("double")).isEqualTo(Math.PI);
      assertThat(metadata.number("int")).isEqualTo(7.0);
      assertThat(metadata.bool("bool")).isTrue();
      assertThat(metadata.string("text")).isEqualTo("žluťoučký 馬");
      assertThat(metadata.values().get("ints")).isEqualTo(new long[] {1, 2, 3});
      assertThat(metadata.values().get("floats")).isEqualTo(new float[] {0.5f});
      assertThat(metadata.values().get("bools")).isEqualTo(new boolean[] {true, false});
      assertThat(metadata.values().get("texts")).isEqualTo(List.of("a", "", "b"));
      assertThat(metadata.values().get("nested"))
          .isEqualTo(List.of(List.of("x"), List.of("y", "z")));
      assertThat(metadata.values().get("empty")).isEqualTo(List.of());
      Tensor matrix = gguf.tensors().require("m", 2, 3);
      assertThat(matrix.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(matrix.slice("second", 1, 1).toFloats()).containsExactly(4, 5, 6);
      assertThat(gguf.tensors().require("v", 2).toFloats()).containsExactly(1, 2);
    }
  }

  @Test
  void honoursTheFilesOwnAlignment() {
    Path file =
        new GgufWriter(3)
            .alignment(256)
            .tensor("a", ElementType.F32, new float[] {1}, 1)
            .tensor("b", ElementType.F32, new float[] {2}, 1)
            .write(folder.resolve("a.gguf"));

    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(gguf.tensors().require("b", 1).toFloats()).containsExactly(2);
    }
  }

  @Test
  void joinsTheFilesOfASplitModelFromAnyOfThem() {
    for (int i = 0; i < 3; i++) {
      part(i, 3, i).write(folder.resolve("m-0000%d-of-00003.gguf".formatted(i + 1)));
    }

    try (GgufFile gguf = GgufFile.open(folder.resolve("m-00002-of-00003.gguf"))) {
      assertThat(gguf.metadata().string("part")).isEqualTo("0");
      assertThat(gguf.tensors().names()).containsExactly("t0", "t1", "t2");
      assertThat(gguf.tensors().require("t2", 1).toFloats()).containsExactly(2);
    }
  }

  @Test
  void saysWhatIsWrongWithASplitModel() throws IOException {
    part(0, 2, 0).write(folder.resolve("m-00001-of-00002.gguf"));
    assertRefused(
        folder.resolve("m-00001-of-00002.gguf"), "m-00002-of-00002.gguf: there is no such file");
    part(0, 2, 1).write(folder.resolve("m-00002-of-00002.gguf"));
    assertRefused(folder.resolve("m-00001-of-00002.gguf"), "says it is part 1 of 2, not 2 of 2");
    part(1, 2, 0).write(folder.resolve("m-00002-of-00002.gguf"));
    assertRefused(folder.resolve("m-00001-of-00002.gguf"), "repeats tensor t0");
    Files.move(folder.resolve("m-00001-of-00002.gguf"), folder.resolve("renamed.gguf"));
    assertRefused(folder.resolve("renamed.gguf"), "is one of 2 parts");
  }

  private static GgufWriter part(int number, int count, int tensor) {
    return new GgufWriter(3)
        .put("split.no", (short) number)
        .put("split.count", (short) count)
        .put("split.tensors.count", new GgufWriter.Signed(count))
        .put("part", String.valueOf(number))
        .tensor("t" + tensor, ElementType.F32, new float[] {tensor}, 1);
  }

  @Test
  void refusesWhatItCannotReadAndSaysWhy() throws IOException {
    assertRefused(new byte[0], "is no GGUF file");
    assertRefused("GGML....".getBytes(), "is no GGUF file");
    assertRefused(header(3 << 24), "is big-endian GGUF");
    assertRefused(header(4), "has GGUF version 4");
    byte[] good = new GgufWriter(3).put("a", "b").bytes();
    assertRefused(java.util.Arrays.copyOf(good, 40), "ends within its header");
    byte[] huge = good.clone();
    huge[8 + 6] = 1;
    assertRefused(huge, "says it has 281474976710656 tensors");
    byte[] negative = good.clone();
    negative[16 + 7] = -1;
    assertRefused(negative, "says it has 18374686479671623681 keys");
    assertRefused(new GgufWriter(3).put("a", deep(9)).bytes(), "a nests arrays deeper than 8");
    assertRefused(tensors().raw("t", 0, new byte[4], null, 1, 1, 1, 1, 1), "5 dimensions");
    assertRefused(tensors().raw("t", 0, new byte[4], null, 0), "has a dimension of 0");
    assertRefused(
        tensors().raw("t", 0, new byte[4], null, -1L), "dimension of 18446744073709551615");
    assertRefused(
        tensors().raw("t", 0, new byte[4], null, 1L << 40, 1L << 40), "has a dimension of");
    assertRefused(tensors().raw("t", 0, new byte[64], 17L, 16), "lies at 17, no multiple of 32");
    assertRefused(tensors().raw("t", 0, new byte[64], -32L, 16), "lies at 18446744073709551584");
    assertRefused(tensors().raw("t", 0, new byte[64], null, 17), "ends at byte 68 of the data");
    assertRefused(
        tensors().raw("t", 0, new byte[64], 0L, 16).raw("u", 0, new byte[64], 32L, 8),
        "u lies at 32 within t, which ends at 64");
    assertRefused(
        tensors().raw("t", 0, new byte[4], null, 1).raw("t", 0, new byte[4], null, 1),
        "has two tensors t");
    assertRefused(tensors().raw("t", 12, new byte[144], null, 128), "Q4_K has blocks of 256");
    assertRefused(tensors().alignment(48).bytes(), "general.alignment is 48");
  }

  @Test
  void unsupportedTypesHurtOnlyWhoAsksForThem() {
    Path file =
        tensors()
            .raw("odd", 16, new byte[66], null, 256)
            .tensor("fine", ElementType.F32, new float[] {3}, 1)
            .write(folder.resolve("a.gguf"));

    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(gguf.tensors().require("fine", 1).toFloats()).containsExactly(3);
      assertThatThrownBy(() -> gguf.tensors().require("odd", 256))
          .isInstanceOf(ModelFileException.class)
          .hasMessage("a.gguf: tensor odd has the unsupported type IQ2_XXS");
    }
  }

  @Test
  void readsARealModelOfVersionOne() {
    Path data = PublicData.require("model-stories260k");
    try (ModelFile file = ModelFile.open(data.resolve("tinyllamas-stories-260k-f32.gguf"))) {
      assertThat(file.config().layers()).isEqualTo(5);
      assertThat(file.config().attention().kvHeads()).isEqualTo(4);
      assertThat(file.config().vocabulary()).isEqualTo(512);
      assertThat(file.tensors().names()).hasSize(48);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "bert-bge", "phi-3", "mpt"})
  void readsRealVocabularies(String name) {
    Path data = PublicData.require("tok-gguf-vocab");
    try (GgufFile gguf = GgufFile.open(data.resolve("ggml-vocab-" + name + ".gguf"))) {
      assertThat((List<?>) gguf.metadata().values().get("tokenizer.ggml.tokens"))
          .hasSizeGreaterThan(30_000);
      assertThat(gguf.tensors().names()).isEmpty();
    }
  }

  private static Object deep(int levels) {
    return levels == 0 ? List.of("x") : List.of(deep(levels - 1));
  }

  private static GgufWriter tensors() {
    return new GgufWriter(3).put("a", 1);
  }

  private static byte[] header(int version) {
    byte[] bytes = new GgufWriter(3).bytes();
    for (int i = 0; i < 4; i++) {
      bytes[4 + i] = (byte) (version >> 8 * i);
    }
    return bytes;
  }

  private void assertRefused(GgufWriter writer, String message) throws IOException {
    assertRefused(writer.bytes(), message);
  }

  private void assertRefused(byte[] bytes, String message) throws IOException {
    assertRefused(Files.write(folder.resolve("bad.gguf"), bytes), message);
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> GgufFile.open(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(message);
  }
}
