package engram.inference.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.VocabularyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vocabularies by themselves, as what counts tokens reads them.
class VocabularyFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "mpt", "phi-3", "bert-bge"})
  void textsHaveAsManyTokensAsTheFilesExpect(String name) throws IOException {
    VocabularyFile vocabulary =
        VocabularyFile.read(
            TokenizerData.require("tok-gguf-vocab").resolve("ggml-vocab-" + name + ".gguf"));
    for (TokenizerData.Expected each : TokenizerData.expected(name)) {
      assertThat(vocabulary.count(each.text())).as(each.text()).isEqualTo(each.ids().length);
    }
  }

  @Test
  void tiktokenFilesAreToldByTheirNames() throws IOException {
    Path data = TokenizerData.require("tok-tiktoken");
    VocabularyFile cl100k = VocabularyFile.read(data.resolve("cl100k_base.tiktoken"));
    VocabularyFile r50k = VocabularyFile.read(data.resolve("r50k_base.tiktoken"));
    String text = "It's 12345 o'clock    in Ōsaka <|endoftext|>";
    assertThat(cl100k.count(text))
        .isEqualTo(
            TokenizerData.tiktoken("cl100k", "cl100k_base").encode(text, false, false).length);
    assertThat(r50k.count(text))
        .isEqualTo(TokenizerData.tiktoken("r50k", "r50k_base").encode(text, false, false).length);
    Path nameless = Files.copy(data.resolve("r50k_base.tiktoken"), folder.resolve("words.txt"));
    assertThatThrownBy(() -> VocabularyFile.read(nameless))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("words.txt is no vocabulary")
        .hasMessageContaining("cl100k, o200k");
  }

  @Test
  void theOtherFormatsAreToldByWhatTheyBeginWith() throws IOException {
    Path json = TokenizerData.require("tok-wordpiece").resolve("all-minilm-l6-v2.tokenizer.json");
    // Without the [CLS] and [SEP] that go around it.
    assertThat(VocabularyFile.read(json).count("hello world!")).isEqualTo(3);
    Path pieces = TokenizerData.require("tok-sentencepiece").resolve("test_model.model");
    assertThat(VocabularyFile.read(pieces).count("Hello world"))
        .isEqualTo(
            SentencePieceFile.read(Files.readAllBytes(pieces))
                .encode("Hello world", false, false)
                .length);
  }

  @Test
  void whatIsNoVocabularyIsToldWithItsName() throws IOException {
    assertThatThrownBy(() -> VocabularyFile.read(folder.resolve("absent")))
        .isInstanceOf(NoSuchFileException.class);
    for (String content : new String[] {"", "GGUF", "{", "hello", "{\"model\": 3}"}) {
      Path file = folder.resolve("broken");
      Files.write(file, content.getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> VocabularyFile.read(file))
          .as(content)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("broken is no vocabulary");
    }
  }
}
