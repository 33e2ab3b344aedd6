package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.inference.Attribution;
import engram.inference.CacheMethods;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.OutputFormat;
import engram.inference.Prompt;
import engram.inference.PublicData;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.TokenScore;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import engram.inference.policy.HeavyHitters;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.SurprisingTokens;
import engram.inference.schedule.ModelPool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real model through the whole engine.
class StoriesEngineTest {
  private static Kernels kernels;
  private static LocalEngine engine;
  private static JsonNode golden;

  @BeforeAll
  static void load() {
    Path data = PublicData.require("model-stories260k");
    golden = JsonMapper.shared().readTree(data.resolve("golden.json").toFile());
    kernels = new Kernels(Backends.java(), new WorkerPool(2));
    engine =
        new LocalEngine(
            Map.of(
                "stories",
                new ModelPool.Source<>(
                    32 << 20,
                    () ->
                        ModelLoading.decoder(
                            data.resolve("tinyllamas-stories-260k-f32.gguf"),
                            512,
                            16 << 20,
                            KvType.F32,
                            kernels,
                            null))),
            64 << 20,
            ScheduleSettings.DEFAULT);
  }

  @AfterAll
  static void close() {
    if (engine != null) {
      engine.close();
    }
    if (kernels != null) {
      kernels.close();
    }
  }

  private static int[] ints(JsonNode list) {
    return list.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  private static List<Integer> read(Generation generation) throws InterruptedException {
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      switch (generation.next()) {
        case GenerationEvent.Token token -> tokens.add(token.token());
        case GenerationEvent.End end -> {
          assertThat(end.message()).isEmpty();
          return tokens;
        }
        case GenerationEvent.PromptScored _ -> {}
      }
    }
  }

  private static GenerationRequest request(int[] prompt, int maxTokens, Sampling sampling) {
    return GenerationRequest.of("stories", new Prompt.Tokens(prompt), maxTokens, sampling);
  }

  @Test
  void allCasesAtOnceSayWhatTheReferenceSays() throws Exception {
    List<Generation> generations = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (JsonNode test : golden.get("cases")) {
        int[] expected = ints(test.get("greedy_ids"));
        generations.add(
            engine.generate(
                request(ints(test.get("prompt_ids")), expected.length, Sampling.GREEDY)));
      }
    }
    int at = 0;
    for (int round = 0; round < 2; round++) {
      for (JsonNode test : golden.get("cases")) {
        List<Integer> tokens = read(generations.get(at++));
        List<Integer> expected =
            test.get("greedy_ids").valueStream().map(JsonNode::intValue).toList();
        // Where the reference went past an end, the engine stopped there.
        assertThat(tokens)
            .as(test.get("name").stringValue())
            .isEqualTo(expected.subList(0, tokens.size()))
            .isNotEmpty();
      }
    }
  }

  @Test
  void surpriseIsThatOfTheReference() throws Exception {
    JsonNode passage = golden.get("perplexity");
    int[] ids = ints(passage.get("ids"));
    List<TokenScore> scores = engine.score("stories", new Prompt.Tokens(ids), "", 0);
    assertThat(scores).hasSize(ids.length - 1);
    for (int i = 0; i < scores.size(); i++) {
      // The facts have five decimals.
      assertThat(-scores.get(i).logProb())
          .isCloseTo(passage.get("nll_per_token").get(i).floatValue(), within(2e-5f));
    }
  }

  @Test
  void drawnTokensAreTheSameWhateverElseIsComputed() throws Exception {
    int[] prompt = engine.tokens("stories", new Prompt.Text("Once upon a time", true, false));
    GenerationRequest drawn = request(prompt, 120, Sampling.at(0.9f, 7).withTopP(0.95f));
    List<Integer> alone = read(engine.generate(drawn));
    List<Generation> beside = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      beside.add(engine.generate(request(prompt, 100, Sampling.at(1, seed))));
    }
    assertThat(read(engine.generate(drawn))).isEqualTo(alone);
    for (Generation generation : beside) {
      read(generation);
    }
  }

  @Test
  void aStoryModelWritesJsonIfItMust() throws Exception {
    String schema =
        """
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20},
         "age": {"type": "integer", "minimum": 1, "maximum": 99}},
         "required": ["name", "age"], "additionalProperties": false}\
        """;
    for (int seed = 0; seed < 5; seed++) {
      GenerationRequest request =
          GenerationRequest.of(
                  "stories",
                  new Prompt.Text("Lily was a girl.", true, false),
                  200,
                  Sampling.at(1, seed))
              .withFormat(new OutputFormat.JsonSchema(schema));
      StringBuilder text = new StringBuilder();
      try (Generation generation = engine.generate(request)) {
        GenerationEvent event = generation.next();
        while (event instanceof GenerationEvent.Token token) {
          text.append(token.text());
          event = generation.next();
        }
        text.append(((GenerationEvent.End) event).text());
      }
      JsonNode json = JsonMapper.shared().readTree(text.toString());
      assertThat(json.get("age").intValue()).isBetween(1, 99);
    }
  }

  @Test
  void everyPolicyWritesOnWithASmallCache() throws Exception {
    int[] prompt = ints(golden.get("perplexity").get("ids"));
    List<Integer> dense = read(engine.generate(request(prompt, 60, Sampling.GREEDY)));
    for (CacheMethods methods :
        List.of(
            new CacheMethods(new SinksAndWindow(4), 40),
            new CacheMethods(new SnapKv(16, 5), 40),
            new CacheMethods(HeavyHitters.DEFAULT, 40),
            new CacheMethods(new SurprisingTokens(4, 16, 1), 40))) {
      List<Integer> cut =
          read(
              engine.generate(request(prompt, dense.size(), Sampling.GREEDY).withMethods(methods)));
      assertThat(cut).as(methods.toString()).isNotEmpty();
    }
    for (CacheMethods methods :
        List.of(
            new CacheMethods(new SinksAndWindow(4), 512),
            new CacheMethods(new SnapKv(16, 5), 512),
            new CacheMethods(HeavyHitters.DEFAULT, 512))) {
      // A budget that is never reached changes nothing.
      assertThat(
              read(
                  engine.generate(
                      request(prompt, dense.size(), Sampling.GREEDY).withMethods(methods))))
          .as(methods.toString())
          .isEqualTo(dense);
    }
  }

  @Test
  void attentionOfAnAnswerIsWholeOverAllSpans() throws Exception {
    int[] ids = ints(golden.get("perplexity").get("ids"));
    int prompt = ids.length - 5;
    Attribution attribution =
        engine.attribute(
            "stories",
            java.util.Arrays.copyOf(ids, prompt),
            java.util.Arrays.copyOfRange(ids, prompt, ids.length),
            List.of(
                new Attribution.TokenSpan(0, 1),
                new Attribution.TokenSpan(1, 10),
                new Attribution.TokenSpan(10, prompt)),
            "");
    // The first answer token's query sees the prompt alone, and the spans are all of it.
    assertThat(attribution.rest(0)).isCloseTo(0, within(1e-5));
    for (int token = 1; token < 5; token++) {
      assertThat(attribution.rest(token)).isBetween(1e-6, 0.9);
    }
  }
}
