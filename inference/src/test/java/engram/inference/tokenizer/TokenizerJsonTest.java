package engram.inference.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {
  private static final String LLAMA =
      """
      {"added_tokens":[
         {"id":0,"content":"<unk>","special":true,"normalized":false},
         {"id":1,"content":"<s>","special":true,"normalized":false}],
       "normalizer":{"type":"Sequence","normalizers":[
         {"type":"Prepend","prepend":"▁"},
         {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
       "pre_tokenizer":null,
       "post_processor":{"type":"TemplateProcessing",
         "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
         "pair":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                 {"SpecialToken":{"id":"<s>","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
         "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
       "decoder":{"type":"Sequence","decoders":[
         {"type":"Replace","pattern":{"String":"▁"},"content":" "},
         {"type":"ByteFallback"},{"type":"Fuse"},
         {"type":"Strip","content":" ","start":1,"stop":0}]},
       "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,
         "vocab":{"<unk>":0,"<s>":1,"<0xC3>":2,"<0xA9>":3,"▁":4,"h":5,"i":6,"hi":7,"▁hi":8},
         "merges":["h i","▁ hi"]}}
      """;

  @Test
  void aWordPieceFileGivesTheIdsOfTheVocabularyThatItEquals() {
    Tokenizer tokenizer = miniLm();
    for (TokenizerData.Expected each : TokenizerData.expected("bert-bge")) {
      assertThat(tokenizer.encode(each.text(), false, false))
          .as("«%s»", each.text())
          .isEqualTo(each.ids());
    }
    assertThat(tokenizer.maxTokens()).hasValue(128);
    assertThat(tokenizer.encode("word ".repeat(500), true, false)).hasSize(502);
    assertThat(tokenizer.encodeSingle("word ".repeat(500), 256).ids()).hasSize(256).endsWith(102);
    assertThat(tokenizer.special().cls()).isEqualTo(101);
    assertThat(tokenizer.special().mask()).isEqualTo(103);
  }

  @Test
  void theTwoFormsOfOneVocabularyAgreeOnRandomTexts() {
    Tokenizer json = miniLm();
    Tokenizer gguf = TokenizerData.gguf("bert-bge");
    Random random = new Random(TokenizerData.SEED);
    for (int round = 0; round < 300; round++) {
      String text = TokenizerData.randomText(random, 1 + random.nextInt(30));
      assertThat(json.encode(text, true, false))
          .as("-Dseed=%d, round %d", TokenizerData.SEED, round)
          .isEqualTo(gguf.encode(text, true, false));
    }
  }

  @Test
  void aLlamaFileMergesFallsBackToBytesAndStripsItsSpace() {
    Tokenizer tokenizer = TokenizerJson.read(LLAMA.getBytes(StandardCharsets.UTF_8));
    int[] ids = tokenizer.encode("hi hié", true, false);
    assertThat(ids).isEqualTo(new int[] {1, 8, 8, 2, 3});
    assertThat(tokenizer.decode(ids, true)).isEqualTo("hi hié");
    TextStream stream = tokenizer.stream(true);
    assertThat(stream.push(8)).isEqualTo("hi");
    assertThat(stream.push(2)).isEmpty();
    assertThat(stream.push(3)).isEqualTo("é");
    assertThat(tokenizer.encodePair("hi", "hi", 9).types()).isEqualTo(new int[] {0, 0, 1, 1});
    assertThat(tokenizer.encode("日本", false, false)).isEqualTo(new int[] {4, 0});
  }

  @Test
  void aHalfCharacterThatNeverBecomesWholeIsReplacedAtTheEnd() {
    Tokenizer tokenizer = TokenizerJson.read(LLAMA.getBytes(StandardCharsets.UTF_8));
    TextStream stream = tokenizer.stream(true);
    assertThat(stream.push(2)).isEmpty();
    assertThat(stream.push(5)).isEqualTo("\uFFFDh");
    assertThat(stream.push(2)).isEmpty();
    assertThat(stream.finish()).isEqualTo("\uFFFD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"single_word", "lstrip", "rstrip"})
  void addedTokensAreFoundAsTheirFlagsSay(String flag) {
    String json =
        """
        {"added_tokens":[{"id":3,"content":"<x>","special":false,"normalized":false,"%s":true}],
         "pre_tokenizer":{"type":"WhitespaceSplit"},
         "model":{"type":"WordLevel","vocab":{"a":0,"b":1,"?":2},"unk_token":"?"}}
        """
            .formatted(flag);
    Tokenizer tokenizer = TokenizerJson.read(json.getBytes(StandardCharsets.UTF_8));
    int[] alone = {0, 3, 1};
    int[] glued = flag.equals("single_word") ? new int[] {2} : alone;
    assertThat(tokenizer.encode("a <x> b", false, false)).isEqualTo(alone);
    assertThat(tokenizer.encode("a<x>b", false, false)).isEqualTo(glued);
  }

  @Test
  void lettersWithVeryManyMarksAreNormalisedInParts() {
    String json = LLAMA.replace("{\"type\":\"Prepend\",\"prepend\":\"▁\"}", "{\"type\":\"NFC\"}");
    Tokenizer tokenizer = TokenizerJson.read(json.getBytes(StandardCharsets.UTF_8));
    // Marks of classes 230 and 220 in turn must be sorted, which costs their number squared.
    assertThat(tokenizer.encode("h" + "\u0301\u0323".repeat(200_000), false, false))
        .containsOnly(0);
    assertThat(tokenizer.encode("e\u0301", false, false)).isEqualTo(new int[] {2, 3});
  }

  @Test
  void specialTokensComeFromTheConfigurationBesideTheFile() {
    String config =
        """
        {"bos_token":{"content":"<s>","lstrip":false},"eos_token":"hi","add_bos_token":true,
         "chat_template":[{"name":"tool_use","template":"T"},{"name":"default","template":"D"}]}
        """;
    Tokenizer tokenizer =
        TokenizerJson.read(
            LLAMA.getBytes(StandardCharsets.UTF_8), config.getBytes(StandardCharsets.UTF_8));
    assertThat(tokenizer.special().bos()).isEqualTo(1);
    assertThat(tokenizer.special().eos()).isEqualTo(7);
    assertThat(tokenizer.special().endOfGeneration()).containsExactly(7);
    assertThat(tokenizer.chatTemplate()).hasValue("D");
  }

  @Test
  void damagedFilesAreRefusedWithOneException() {
    List<String> damaged =
        List.of(
            "",
            "[]",
            "{",
            "{}",
            "{\"model\":{\"type\":\"BPE\"}}",
            "{\"model\":{\"type\":\"Magic\",\"vocab\":{\"a\":0}}}",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1}}}",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000}}}",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":\"b\"}}}",
            "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",\"b\"]]}}",
            "{\"model\":{\"type\":\"Unigram\",\"unk_id\":5,\"vocab\":[[\"a\",0.5]]}}",
            "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}",
            LLAMA.replace("\"h i\"", "\"h z\""),
            LLAMA.replace("\"h i\"", "\"hi\""),
            LLAMA.replace("\"Prepend\"", "\"Append\""),
            LLAMA.replace("\"Fuse\"", "\"Lose\""),
            LLAMA.replace("\"ids\":[1]", "\"ids\":[999]"),
            LLAMA.replace("{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}", "{}"),
            LLAMA.replace("\"<unk>\",\"special\"", "\"" + "x".repeat(600) + "\",\"special\""),
            LLAMA.replace(
                "\"pre_tokenizer\":null",
                "\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\","
                    + "\"pattern\":{\"Regex\":\"(\"}}"),
            "{\"a\":" + "[".repeat(1000));
    for (String each : damaged) {
      assertThatThrownBy(() -> TokenizerJson.read(each.getBytes(StandardCharsets.UTF_8)))
          .as(each.substring(0, Math.min(90, each.length())))
          .isInstanceOf(TokenizerFileException.class);
    }
    byte[] whole = TokenizerData.read("tok-wordpiece", "all-minilm-l6-v2.tokenizer.json");
    for (int length : new int[] {1, 1000, whole.length / 2, whole.length - 2}) {
      assertThatThrownBy(() -> TokenizerJson.read(java.util.Arrays.copyOf(whole, length)))
          .isInstanceOf(TokenizerFileException.class);
    }
  }

  private static Tokenizer miniLm() {
    return TokenizerJson.read(
        TokenizerData.read("tok-wordpiece", "all-minilm-l6-v2.tokenizer.json"));
  }
}
