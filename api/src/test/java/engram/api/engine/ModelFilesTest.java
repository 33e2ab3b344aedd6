package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.hub.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class ModelFilesTest {
  @TempDir Path folder;

  private Path file(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "x");
  }

  private void manifest(String model, String name) throws IOException {
    ModelManifest manifest = new ModelManifest(name, "0".repeat(40), Instant.EPOCH, List.of());
    Files.writeString(
        folder.resolve(model).resolve(".engram-manifest.json"),
        JsonMapper.shared().writeValueAsString(manifest));
  }

  @Test
  void eachFileAndFolderIsAModelByItsName() throws Exception {
    file("stories.gguf");
    file("notes.txt");
    file("bert/config.json");
    file("bert/model.safetensors");
    file("large-00001-of-00002.gguf");
    file("large-00002-of-00002.gguf");
    file("empty/readme.md");
    assertThat(ModelFiles.in(folder))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "stories", folder.resolve("stories.gguf"),
                "bert", folder.resolve("bert"),
                "large", folder.resolve("large-00001-of-00002.gguf")));
  }

  @Test
  void whatWasPulledHasTheNameThatItWasPulledBy() throws Exception {
    file("owner--name--q8_0/sub/name-Q8_0-00002-of-00002.gguf");
    Path first = file("owner--name--q8_0/sub/name-Q8_0-00001-of-00002.gguf");
    manifest("owner--name--q8_0", "owner/name:Q8_0");
    assertThat(ModelFiles.in(folder)).containsExactlyEntriesOf(Map.of("owner/name:Q8_0", first));
  }

  @Test
  void aPullThatHasNotEndedIsNoModelYet() throws Exception {
    file("owner--name/model.gguf");
    file(".engram-owner--name.lock");
    assertThat(ModelFiles.in(folder)).isEmpty();
  }

  @Test
  void noModelTakesTheNamesThatStandForDocuments() throws Exception {
    file("engram.gguf");
    file("engram--name/model.gguf");
    manifest("engram--name", "engram/name");
    assertThat(ModelFiles.in(folder)).isEmpty();
  }

  @Test
  void aFolderThatIsNotThereHasNone() {
    assertThat(ModelFiles.in(folder.resolve("absent"))).isEmpty();
  }
}
