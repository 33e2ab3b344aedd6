package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineSettings.CacheType;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.OutputFormat;
import engram.inference.Prompt;
import engram.inference.PublicData;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.chat.ChatMessage;
import engram.inference.model.GoldenModel;
import engram.inference.model.file.ModelFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What tokens are to people, for a vocabulary that puts a space before the first word of a text
/// (SentencePiece); and which template dialogues are written with.
class AnswerTextTest {
  private static Engine engine;
  private static JsonNode golden;

  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    Path data = PublicData.require("model-stories260k");
    golden = JsonMapper.shared().readTree(data.resolve("golden.json").toFile());
    engine =
        Engine.open(
            new EngineSettings(
                List.of(
                    new EngineSettings.Model(
                        "stories",
                        data.resolve("tinyllamas-stories-260k-f32.gguf"),
                        512,
                        8 << 20,
                        CacheType.F32)),
                64 << 20,
                ScheduleSettings.DEFAULT));
  }

  @AfterAll
  static void close() {
    if (engine != null) {
      engine.close();
    }
  }

  private static String said(Prompt prompt, int maxTokens, OutputFormat format) throws Exception {
    GenerationRequest request =
        GenerationRequest.of("stories", prompt, maxTokens, Sampling.GREEDY).withFormat(format);
    StringBuilder text = new StringBuilder();
    try (Generation generation = engine.generate(request)) {
      while (true) {
        switch (generation.next()) {
          case GenerationEvent.Token token -> text.append(token.text());
          case GenerationEvent.PromptScored _ -> {}
          case GenerationEvent.End end -> {
            return text + end.text();
          }
        }
      }
    }
  }

  /// The reference's text is that of its tokens wherever they stand.
  @Test
  void whatGoesOnWithATextKeepsTheSpaceBetweenThem() throws Exception {
    int withSpace = 0;
    for (JsonNode each : golden.get("cases")) {
      int[] ids = each.get("prompt_ids").valueStream().mapToInt(JsonNode::intValue).toArray();
      int tokens = each.get("greedy_ids").size();
      String expected = each.get("greedy_text").stringValue();
      if (ids.length == 1) {
        // Behind nothing but the mark of the beginning an answer is the beginning of the text.
        assertThat(expected).startsWith(" Once");
        assertThat(said(new Prompt.Tokens(ids), tokens, OutputFormat.FREE)).startsWith("Once");
        continue;
      }
      String answer = said(new Prompt.Tokens(ids), tokens, OutputFormat.FREE);
      assertThat(answer).as(each.get("name").stringValue()).isNotEmpty();
      assertThat(expected).as(each.get("name").stringValue()).startsWith(answer);
      Prompt text = new Prompt.Text(each.get("text").stringValue(), true, false);
      assertThat(said(text, tokens, OutputFormat.FREE)).isEqualTo(answer);
      withSpace += answer.startsWith(" ") ? 1 : 0;
    }
    assertThat(withSpace).isPositive();
  }

  @Test
  void aMessageBeginsWithoutIt() throws Exception {
    String text = "One day, Lily met a";
    String goneOn = said(new Prompt.Text(text, false, true), 20, OutputFormat.FREE);
    assertThat(goneOn).startsWith(" ");
    assertThat(said(new Prompt.Dialogue(text), 20, OutputFormat.FREE))
        .isEqualTo(goneOn.substring(1));
  }

  @Test
  void aGrammarsOutputIsWhatTheGrammarSays() throws Exception {
    OutputFormat spaced = new OutputFormat.Grammar("root ::= \" li\" [a-z]{3}");
    assertThat(said(new Prompt.Dialogue("One day, Lily met a"), 20, spaced)).matches(" li[a-z]{3}");
  }

  private Path folder() throws Exception {
    Path path = GoldenModel.of("llama3").writeFolder(folder);
    Files.writeString(
        path.resolve("tokenizer.json"),
        "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"b\":1},\"unk_token\":\"a\"}}");
    return path;
  }

  private static List<Integer> drawn(Path model, OutputFormat format, FinishReason... reasons)
      throws Exception {
    EngineSettings.Model settings =
        new EngineSettings.Model("m", model, 64, 1 << 20, CacheType.F32);
    List<Integer> tokens = new ArrayList<>();
    try (Engine own =
            Engine.open(new EngineSettings(List.of(settings), 64 << 20, ScheduleSettings.DEFAULT));
        Generation generation =
            own.generate(
                GenerationRequest.of(
                        "m",
                        new Prompt.Tokens(new int[] {0, 1, 0}),
                        8,
                        Sampling.GREEDY.withLogitBias(Map.of(2, -100f))) // config.json's end
                    .withFormat(format))) {
      while (true) {
        switch (generation.next()) {
          case GenerationEvent.Token token -> tokens.add(token.token());
          case GenerationEvent.PromptScored _ -> {}
          case GenerationEvent.End end -> {
            assertThat(end.reason()).as(end.message()).isIn((Object[]) reasons);
            return tokens;
          }
        }
      }
    }
  }

  /// The vocabulary names none of these; and of one of them the model has no score.
  @Test
  void outputsEndWhereTheModelsOwnSettingsSaySo() throws Exception {
    Path model = folder();
    List<Integer> whole = drawn(model, OutputFormat.FREE, FinishReason.LENGTH);
    assertThat(whole).hasSize(8);
    Files.writeString(
        model.resolve("generation_config.json"),
        "{\"eos_token_id\":[%d,1000000]}".formatted(whole.get(4)));
    List<Integer> ended = drawn(model, OutputFormat.FREE, FinishReason.STOP);
    assertThat(ended).isEqualTo(whole.subList(0, whole.indexOf(whole.get(4)) + 1));
    drawn(
        model, new OutputFormat.Grammar("root ::= [ab]+"), FinishReason.STOP, FinishReason.LENGTH);
  }

  private static String prompt(Path model) throws Exception {
    EngineSettings.Model settings =
        new EngineSettings.Model("m", model, 64, 1 << 20, CacheType.F32);
    try (Engine own =
        Engine.open(new EngineSettings(List.of(settings), 64 << 20, ScheduleSettings.DEFAULT))) {
      return own.chat("m").prompt(List.of(ChatMessage.user("Hi")), List.of(), Map.of());
    }
  }

  @Test
  void aTemplateInAFileOfItsOwnCountsMoreThanTheConfigs() throws Exception {
    Path model = folder();
    assertThat(prompt(model)).startsWith("<|im_start|>user\nHi");
    Files.writeString(
        model.resolve("tokenizer_config.json"),
        "{\"chat_template\":\"config: {{ messages[0].content }}\"}");
    assertThat(prompt(model)).isEqualTo("config: Hi");
    Files.writeString(model.resolve("chat_template.jinja"), "file: {{ messages[0].content }}\n");
    assertThat(prompt(model)).isEqualTo("file: Hi");
    Files.writeString(model.resolve("chat_template.jinja"), " ".repeat((1 << 20) + 1));
    assertThatThrownBy(() -> prompt(model))
        .hasRootCauseInstanceOf(ModelFileException.class)
        .hasRootCauseMessage("chat_template.jinja: 1048577 bytes > 1048576");
  }

  /// Folders of older models have a `tokenizer.model` and no `tokenizer.json`.
  @Test
  void aSentencePieceFilesTemplateIsInTheConfigBesideIt() throws Exception {
    Path pieces = PublicData.require("tok-sentencepiece").resolve("test_model.model");
    Path model = GoldenModel.of("llama3").writeFolder(folder);
    Files.copy(pieces, model.resolve("tokenizer.model"));
    Files.writeString(
        model.resolve("tokenizer_config.json"),
        "{\"chat_template\":\"config: {{ messages[0].content }}\"}");
    assertThat(prompt(model)).isEqualTo("config: Hi");
  }
}
