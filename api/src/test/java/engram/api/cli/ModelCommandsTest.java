package engram.api.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.hub.FakeHub;
import engram.inference.model.SmallModels;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands about models, without a server.
class ModelCommandsTest {
  @TempDir Path folder;

  private String models(Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--folder", folder.toString()));
    new ModelFilesCommand(environment, new PrintStream(out, true, StandardCharsets.UTF_8)).run(all);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String models(String... arguments) {
    return models(Map.of(), arguments);
  }

  private byte[] noise() throws Exception {
    return Files.readAllBytes(SmallModels.decoder(folder.resolve("noise.gguf"), 256, "a"));
  }

  @Test
  void aModelIsPulledListedShownMeasuredAndRemoved() throws Exception {
    byte[] noise = noise();
    Files.delete(folder.resolve("noise.gguf"));
    assertThat(models("list")).startsWith("No models in");
    try (FakeHub hub = new FakeHub()) {
      hub.put("noise-Q8_0.gguf", noise);
      hub.put("noise-F32.gguf", noise);
      hub.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
      String pulled = models("pull", "ann/noise:Q8_0", "--hub", hub.address().toString());
      assertThat(pulled).contains("100%", "ann/noise:Q8_0 is here: 1 files");
    }
    assertThat(models("list")).contains("ann/noise:Q8_0", "pulled 2");
    assertThat(models("show", "ann/noise:Q8_0")).contains("noise-Q8_0.gguf", "sha256:", "commit");
    String bench =
        models("bench", "ann/noise:Q8_0", "--prompt", "32", "--output", "24", "--rounds", "2");
    assertThat(bench)
        .containsPattern("kernels +\\S")
        .containsPattern(
            "prefill +32 tokens: [0-9.]+ tokens/s \\([0-9.]+ to [0-9.]+ in 2 rounds\\)")
        .containsPattern("decode +24 tokens: [0-9.]+ tokens/s");
    assertThat(models("rm", "ann/noise:Q8_0")).contains("is gone");
    assertThat(models("list")).startsWith("No models in");
  }

  @Test
  void aModelThatWasPutThereIsOneToo() throws Exception {
    noise();
    assertThat(models("list")).contains("noise", "put here by hand");
    assertThat(models("show", "noise")).contains("noise.gguf");
    assertThatThrownBy(() -> models("show", "other"))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("there are noise");
  }

  @Test
  void withoutANetworkItSaysSoAndWhatElseToDo() {
    Map<String, String> environment = Map.of("ENGRAM_HUB_URL", "http://127.0.0.1:9");
    assertThatThrownBy(() -> models(environment, "pull", "ann/noise"))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("Without a network, copy a .gguf file");
  }

  @Test
  void misuseIsNamed() {
    assertMisuse("models needs pull");
    assertMisuse("models needs pull", "fetch");
    assertMisuse("needs the name of a model", "pull");
    assertMisuse("is no model's name", "pull", "a/b/c");
    assertMisuse("does not know \"--speed\"", "list", "--speed", "1");
    assertMisuse("--rounds needs a whole number in [1, 100]", "bench", "x", "--rounds", "0");
    assertThatThrownBy(() -> models("pull", "engram/x")).hasMessageContaining("documents");
  }

  private void assertMisuse(String text, String... arguments) {
    assertThatThrownBy(() -> models(arguments))
        .isInstanceOf(Misuse.class)
        .hasMessageContaining(text);
  }

  @Test
  void chatTalksWithAModelInThisProcess() throws Exception {
    noise();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BufferedReader in =
        new BufferedReader(new StringReader("Hi\n\nAnd?\n" + "x".repeat(400) + "\n/reset\nHi\n"));
    new ChatCommand(Map.of(), in, new PrintStream(out, true, StandardCharsets.UTF_8))
        .run(
            List.of(
                "--folder",
                folder.toString(),
                "--max-tokens",
                "8",
                "--temperature",
                "0",
                "--system",
                "Be brief."));
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(said).contains("Talking to noise", "the prompt has", "256");
    // After /reset the same question has the same answer.
    int start = said.indexOf("\n> ") + 3;
    String first = said.substring(start, said.indexOf("\n> ", start));
    assertThat(said).endsWith("> " + first + "\n> \n");
  }

  @Test
  void chatWithoutAnythingToTalkToSaysWhatToDo() {
    BufferedReader in = new BufferedReader(new StringReader(""));
    ChatCommand chat = new ChatCommand(Map.of(), in, System.out);
    assertThatThrownBy(() -> chat.run(List.of("--folder", folder.toString())))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("./engram models pull");
  }
}
