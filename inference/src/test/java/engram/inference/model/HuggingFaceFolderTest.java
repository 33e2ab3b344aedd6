package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.Pooling;
import engram.inference.model.file.ModelFileException;
import engram.inference.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HuggingFaceFolderTest {
  private static final byte[] FOUR = new byte[4];

  @TempDir private Path folder;

  static List<String> models() {
    return java.util.stream.Stream.concat(
            GoldenModel.DECODERS.stream(), GoldenModel.ENCODERS.stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void readsOldAndNewConfigsAlike(String name) {
    GoldenModel model = GoldenModel.of(name);
    model.writeFolder(folder.resolve("old"), model.config(), ElementType.F32, 1);
    model.writeFolder(folder.resolve("new"), model.savedConfig(), ElementType.F32, 1);

    try (ModelFile old = ModelFile.open(folder.resolve("old"));
        ModelFile saved = ModelFile.open(folder.resolve("new"))) {
      assertThat(saved.config()).isEqualTo(old.config());
    }
  }

  @Test
  void readsShardsAsOne() {
    GoldenModel model = GoldenModel.of("qwen3");
    model.writeFolder(folder, model.config(), ElementType.BF16, 3);

    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.tensors().names()).hasSize(model.parameters().size());
      assertThat(file.tensors().require("blk.1.attn_q_norm.weight", 16).type())
          .isEqualTo(ElementType.BF16);
    }
  }

  @Test
  void readsEndsPoolingAndNormalisationFromTheFilesBeside() throws IOException {
    GoldenModel.of("bert").writeFolder(folder);
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 7]}");
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
         {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
        """);
    Files.createDirectory(folder.resolve("1_Pooling"));
    Path pooling = folder.resolve("1_Pooling/config.json");
    Files.writeString(
        pooling, "{\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true}");

    try (ModelFile file = ModelFile.open(folder)) {
      ModelConfig config = file.config();
      assertThat(config.encoder().pooling()).isEqualTo(Pooling.MEAN);
      assertThat(config.encoder().normalize()).isTrue();
      assertThat(config.tokens().ends()).containsExactly(5, 7);
    }
    Files.writeString(pooling, "{\"pooling_mode_mean_sqrt_len_tokens\": true}");
    assertRefused("names no pooling that is supported");
    Files.writeString(folder.resolve("modules.json"), "[{\"type\": \"x.Dense\"}]");
    assertRefused("has the module x.Dense, which is not supported");
    Files.writeString(
        folder.resolve("modules.json"), "[{\"type\": \"x.Pooling\", \"path\": \"../x\"}]");
    assertRefused("names the folder ../x, no plain name");
  }

  @Test
  void refusesConfigsThatItCannotBelieve() throws IOException {
    GoldenModel model = GoldenModel.of("llama3");
    model.writeFolder(folder);
    String good = model.config().toString();
    assertConfigRefused(good.replace("\"llama\"", "\"mamba\""), "model_type \"mamba\"");
    assertConfigRefused(
        good.replace("\"hidden_size\":32", "\"hidden_size\":0"), "hidden_size is 0");
    assertConfigRefused(
        good.replace("\"hidden_size\":32", "\"hidden_size\":1e99"), "hidden_size is 1.0E99");
    assertConfigRefused(
        good.replace("\"hidden_size\":32", "\"hidden_size\":\"wide\""), "hidden_size is \"wide\"");
    assertConfigRefused(good.replace("\"hidden_size\":32,", ""), "has no hidden_size");
    assertConfigRefused(
        good.replace("\"num_key_value_heads\":2", "\"num_key_value_heads\":3"),
        "4 heads cannot share 3");
    assertConfigRefused(good.replace("\"llama3\"", "\"spiral\""), "rope scaling spiral");
    assertConfigRefused(
        good.replace("\"vocab_size\":64", "\"vocab_size\":64,\"vocab_size\":65"), "Duplicate");
    assertConfigRefused("[".repeat(100_000), "is no valid JSON");
    assertConfigRefused("{\"a\":" + "9".repeat(100_000) + "}", "is no valid JSON");
    assertConfigRefused(good.replace("\"silu\"", "\"snake\""), "the activation snake");
    Files.write(folder.resolve("config.json"), new byte[(1 << 24) + 1]);
    assertRefused("has 16777217 bytes, more than 16777216");
    Files.delete(folder.resolve("config.json"));
    assertRefused("config.json: there is no such file");
  }

  private void assertConfigRefused(String config, String message) throws IOException {
    Files.writeString(folder.resolve("config.json"), config);
    assertRefused(message);
  }

  @Test
  void refusesHeadersThatDoNotFitTheirData() throws IOException {
    GoldenModel.of("llama3").writeFolder(folder);
    assertWeightsRefused(new byte[3], "it has no header");
    assertWeightsRefused(SafetensorsWriter.file("", FOUR), "a header of 0 bytes");
    byte[] huge = SafetensorsWriter.file("{}", FOUR);
    huge[6] = 1;
    assertWeightsRefused(huge, "a header of 281474976710658 bytes");
    assertHeaderRefused("{\"t\":1}", "VALUE_NUMBER_INT in its header where START_OBJECT");
    assertHeaderRefused("[1]", "START_ARRAY in its header where START_OBJECT");
    assertHeaderRefused("{\"t\":", "no valid JSON");
    assertHeaderRefused(tensor("F32", "[1]", "[0]"), "lacks its dtype, shape or data_offsets");
    assertHeaderRefused(tensor("F32", "[1]", "[0,8]"), "has the bytes 0..8");
    assertHeaderRefused(tensor("F32", "[1]", "[4,0]"), "has the bytes 4..0");
    assertHeaderRefused(tensor("F32", "[1]", "[-4,0]"), "has the bytes -4..0");
    assertHeaderRefused(tensor("F32", "[2]", "[0,4]"), "[2] F32 has 4 bytes, not 8");
    assertHeaderRefused(tensor("F32", "[-1]", "[0,4]"), "[-1] does not have its 4 bytes");
    assertHeaderRefused(
        tensor("F32", "[9223372036854775807,9223372036854775807]", "[0,4]"), "does not have");
    assertHeaderRefused(tensor("F32", "[92233720368547758079]", "[0,4]"), "no valid JSON");
    assertHeaderRefused(tensor("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "more than 8 numbers");
    assertHeaderRefused(tensor("F16", "[1]", "[0,2]"), "has 2 bytes after its last tensor");
    assertHeaderRefused("{\"t\":{},\"t\":{}}", "lacks its dtype");
    String twice = tensor("F32", "[1]", "[0,4]");
    assertHeaderRefused(
        twice.substring(0, twice.length() - 1) + "," + twice.substring(1), "no valid JSON");
  }

  private static String tensor(String type, String shape, String offsets) {
    return "{\"t\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(type, shape, offsets);
  }

  private void assertHeaderRefused(String header, String message) throws IOException {
    assertWeightsRefused(SafetensorsWriter.file(header, FOUR), message);
  }

  private void assertWeightsRefused(byte[] file, String message) throws IOException {
    Files.write(folder.resolve("model.safetensors"), file);
    assertRefused(message);
  }

  @Test
  void refusesAnIndexThatReachesOutOfItsFolderOrLies() throws IOException {
    GoldenModel model = GoldenModel.of("llama3");
    model.writeFolder(folder, model.config(), ElementType.F32, 2);
    Path index = folder.resolve("model.safetensors.index.json");
    String good = Files.readString(index);
    Files.writeString(index, good.replace("model-00002-of", "../model-00002-of"));
    assertRefused("which is no plain name");
    Files.writeString(index, good.replace("\"lm_head.weight\"", "\"lm_head.wait\""));
    assertRefused("names tensor lm_head.wait, which no file has");
    Files.writeString(index, "{}");
    assertRefused("has no weight_map");
  }

  @Test
  void tensorsThatNoPassReadsMayBeOfAnyType() throws IOException {
    GoldenModel model = GoldenModel.of("bert");
    model.writeFolder(folder);
    SafetensorsWriter writer = new SafetensorsWriter();
    model
        .parameters()
        .forEach((name, array) ->
            writer.tensor(name, ElementType.F16, array.values(), array.longShape()));
    writer.raw("embeddings.position_ids", "I64", new byte[320], 1, 40).write(folder);

    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.tensors().names()).doesNotContain("embeddings.position_ids");
    }
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> ModelFile.open(folder).close())
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(message);
  }
}
