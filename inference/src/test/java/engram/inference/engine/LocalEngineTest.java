package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.inference.Attribution;
import engram.inference.EngineStatus.State;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.OutputFormat;
import engram.inference.OverloadedException;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.TokenScore;
import engram.inference.chat.ChatFormat;
import engram.inference.chat.ChatTemplate;
import engram.inference.decode.LogProbs;
import engram.inference.decode.ProxyTuning;
import engram.inference.decode.Sampler;
import engram.inference.schedule.HashChainModel;
import engram.inference.schedule.ModelPool;
import engram.inference.schedule.TextDecoder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LocalEngineTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int END = 256;
  private static final int VOCABULARY = 257;

  private final ConcurrentLinkedQueue<HashChainModel> made = new ConcurrentLinkedQueue<>();

  /// Each byte is a token, and the last token ends the output.
  private static final class Bytes implements Vocabulary {
    @Override
    public int size() {
      return VOCABULARY;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int[] tokens = new int[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        tokens[i] = bytes[i] & 0xFF;
      }
      return tokens;
    }

    @Override
    public TextDecoder decoder() {
      return new TextDecoder() {
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();

        @Override
        public String append(int token) {
          held.write(token);
          return (token & 0x80) == 0 ? end() : "";
        }

        @Override
        public String end() {
          String text = held.toString(StandardCharsets.UTF_8);
          held.reset();
          return text;
        }
      };
    }

    @Override
    public TextDecoder decoder(int[] prompt) {
      return decoder();
    }

    @Override
    public byte[] bytes(int token) {
      return token == END ? new byte[0] : new byte[] {(byte) token};
    }

    @Override
    public Set<Integer> endTokens() {
      return Set.of(END);
    }

    @Override
    public byte[] spelled(int token) {
      return token == END ? "<end>".getBytes(StandardCharsets.UTF_8) : bytes(token);
    }

    @Override
    public ChatFormat chat() {
      return new ChatFormat(ChatTemplate.chatMl(), text -> text, token -> "");
    }
  }

  private HashChainModel model(int pages) {
    HashChainModel model = new HashChainModel(VOCABULARY, 400, 8, pages);
    made.add(model);
    return model;
  }

  private ModelPool.Source<LoadedModel> source(long bytes) {
    return new ModelPool.Source<>(
        bytes, () -> new LoadedModel(model(200), new Bytes(), () -> model(200)));
  }

  private LocalEngine engine(long memory, Map<String, ModelPool.Source<LoadedModel>> sources) {
    return new LocalEngine(sources, memory, ScheduleSettings.DEFAULT);
  }

  private static GenerationRequest request(String prompt, int maxTokens, Sampling sampling) {
    return GenerationRequest.of("m", new Prompt.Text(prompt, true, false), maxTokens, sampling);
  }

  private record Answer(String text, List<Integer> tokens, GenerationEvent.End end) {}

  private static Answer read(Generation generation) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      switch (generation.next()) {
        case GenerationEvent.Token token -> {
          text.append(token.text());
          tokens.add(token.token());
        }
        case GenerationEvent.End end -> {
          return new Answer(text + end.text(), tokens, end);
        }
        case GenerationEvent.PromptScored _ -> {}
      }
    }
  }

  @Test
  void outputsFollowTheFormatThatWasAskedFor() throws Exception {
    String schema =
        """
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8},
         "n": {"type": "integer"}}, "required": ["name", "n"], "additionalProperties": false}\
        """;
    try (LocalEngine engine = engine(10, Map.of("m", source(1)))) {
      for (int seed = 0; seed < 20; seed++) {
        GenerationRequest request =
            request("prompt " + seed, 300, Sampling.at(1, seed))
                .withFormat(new OutputFormat.JsonSchema(schema));
        Answer answer = read(engine.generate(request));
        assertThat(answer.end().reason()).isEqualTo(FinishReason.STOP);
        JsonNode json = JsonMapper.builder().build().readTree(answer.text());
        assertThat(json.get("n").isIntegralNumber()).isTrue();
        assertThat(
                json.get("name")
                    .stringValue()
                    .codePointCount(0, json.get("name").stringValue().length()))
            .isLessThanOrEqualTo(8);
      }
      Answer grammar =
          read(
              engine.generate(
                  request("x", 50, Sampling.at(1, 1))
                      .withFormat(new OutputFormat.Grammar("root ::= [0-9]{3} \"é\""))));
      assertThat(grammar.text()).matches("[0-9]{3}é");
      assertThatThrownBy(() ->
              engine.generate(
                  request("x", 5, Sampling.GREEDY)
                      .withFormat(new OutputFormat.JsonSchema("{\"not\": {}}"))))
          .hasMessageContaining("keyword 'not'");
    }
  }

  @Test
  void textEndsBeforeAStopString() throws Exception {
    try (LocalEngine engine = engine(10, Map.of("m", source(1)))) {
      OutputFormat digits = new OutputFormat.Grammar("root ::= [0-9]{60}");
      String whole =
          read(engine.generate(request("p", 60, Sampling.at(1, 5)).withFormat(digits))).text();
      String stop = whole.substring(20, 24);
      Answer cut =
          read(
              engine.generate(
                  request("p", 60, Sampling.at(1, 5)).withFormat(digits).withStops(List.of(stop))));
      assertThat(cut.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
      assertThat(cut.end().reason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void surpriseIsThatOfEachTokenGivenThoseBefore() throws Exception {
    try (LocalEngine engine = engine(10, Map.of("m", source(1)))) {
      int[] tokens = {10, 20, 30, 40};
      List<TokenScore> scores = engine.score("m", new Prompt.Tokens(tokens), "t", 3);
      HashChainModel slow = new HashChainModel(VOCABULARY, 400, 8, 1);
      assertThat(scores).hasSize(3);
      for (int i = 1; i < 4; i++) {
        assertThat(scores.get(i - 1))
            .isEqualTo(LogProbs.of(slow.scoresAfter(tokens, i), tokens[i], 3));
      }
    }
  }

  @Test
  void anAnswersTokensShareTheirAttentionAmongSpans() throws Exception {
    try (LocalEngine engine = engine(10, Map.of("m", source(1)))) {
      Attribution attribution =
          engine.attribute(
              "m",
              new int[600 / 2],
              new int[] {1, 2, 3},
              List.of(new Attribution.TokenSpan(0, 30), new Attribution.TokenSpan(100, 160)),
              "t");
      // The model attends to all tokens alike: shares are lengths.
      for (int token = 0; token < 3; token++) {
        assertThat(attribution.shares()[token][0]).isCloseTo(30.0 / (300 + token), within(1e-6));
        assertThat(attribution.shares()[token][1]).isCloseTo(60.0 / (300 + token), within(1e-6));
      }
    }
  }

  @Test
  void proxyTuningReadsTwoOtherModels() throws Exception {
    try (LocalEngine engine =
        engine(10, Map.of("m", source(1), "expert", source(1), "plain", source(1)))) {
      GenerationRequest plain = request("some text", 30, Sampling.GREEDY);
      List<Integer> steered =
          read(engine.generate(
                  plain.withProcessors(List.of(new ProxyTuning("expert", "plain", 1)))))
              .tokens();
      // Both companions are the same chain, so what tuning changed is nothing.
      assertThat(steered).isEqualTo(read(engine.generate(plain)).tokens());
      assertThatThrownBy(() ->
              engine.generate(plain.withProcessors(List.of(new ProxyTuning("none", "plain", 1)))))
          .hasMessageContaining("no model none");
    }
    assertThat(made).allMatch(HashChainModel::closed);
  }

  @Test
  void modelsGoWhenOthersNeedTheRoom() throws Exception {
    try (LocalEngine engine =
        engine(10, Map.of("m", source(6), "other", source(6), "small", source(1)))) {
      assertThat(read(engine.generate(request("a", 3, Sampling.GREEDY))).tokens()).hasSize(3);
      HashChainModel first = made.element();
      Prompt prompt = new Prompt.Tokens(new int[] {1});
      GenerationRequest other = GenerationRequest.of("other", prompt, 350, Sampling.GREEDY);
      Generation running = engine.generate(other);
      assertThat(first.closed()).isTrue();
      // It cannot end, as nobody reads all of its events.
      assertThatThrownBy(() -> engine.generate(request("a", 3, Sampling.GREEDY)))
          .isInstanceOf(OverloadedException.class)
          .hasMessageContaining("model m needs 6 bytes; models in use leave 4 of 10");
      assertThat(
              read(engine.generate(GenerationRequest.of("small", prompt, 3, Sampling.GREEDY)))
                  .tokens())
          .hasSize(3);
      running.cancel();
      read(running);
      assertThat(read(engine.generate(request("a", 3, Sampling.GREEDY))).tokens()).hasSize(3);
      assertThatThrownBy(
              () -> engine.generate(GenerationRequest.of("x", prompt, 3, Sampling.GREEDY)))
          .hasMessageContaining("no model x");
    }
    assertThat(made).allMatch(HashChainModel::closed);
  }

  @Test
  void aModelIsLoadedAndUnloadedWhenItIsAskedFor() throws Exception {
    try (LocalEngine engine = engine(10, Map.of("m", source(6)))) {
      assertThat(engine.unload("m")).as("what is not loaded is unloaded").isTrue();
      engine.load("m");
      assertThat(engine.status().models().getFirst().state()).isEqualTo(State.LOADED);
      assertThat(engine.status().usedBytes()).isEqualTo(6);
      Generation running = engine.generate(request("a", 390, Sampling.GREEDY));
      assertThat(engine.unload("m")).as("while a request runs").isFalse();
      running.cancel();
      read(running);
      for (int tries = 0; !engine.unload("m"); tries++) {
        assertThat(tries).as("the request has ended").isLessThan(1_000);
        Thread.sleep(5);
      }
      assertThat(engine.status().models().getFirst().state()).isEqualTo(State.ABSENT);
      assertThat(engine.status().usedBytes()).isZero();
      assertThat(made).allMatch(HashChainModel::closed);
      assertThatThrownBy(() -> engine.unload("x")).hasMessageContaining("no model x");
    }
  }

  @Test
  void aModelThatCannotBeLoadedIsTriedAgain() throws Exception {
    int[] tries = new int[1];
    ModelPool.Source<LoadedModel> flaky =
        new ModelPool.Source<>(
            1,
            () -> {
              if (tries[0]++ == 0) {
                throw new java.io.IOException("the file is damaged");
              }
              return new LoadedModel(model(50), new Bytes(), () -> model(50));
            });
    try (LocalEngine engine = engine(10, Map.of("m", flaky))) {
      assertThatThrownBy(() -> engine.generate(request("a", 3, Sampling.GREEDY)))
          .hasMessageContaining("model m could not be loaded")
          .hasRootCauseMessage("the file is damaged");
      assertThat(read(engine.generate(request("a", 3, Sampling.GREEDY))).tokens()).hasSize(3);
    }
  }

  @Test
  void closingEndsWhatRuns() throws Exception {
    LocalEngine engine = engine(10, Map.of("m", source(1)));
    Generation generation = engine.generate(request("a", 390, Sampling.GREEDY));
    engine.close();
    assertThat(read(generation).end().reason())
        .isIn(FinishReason.CANCELLED, FinishReason.LENGTH, FinishReason.STOP);
    assertThat(made).allMatch(HashChainModel::closed);
    assertThatThrownBy(() -> engine.generate(request("a", 3, Sampling.GREEDY)))
        .hasMessageContaining("closed");
  }

  /// Requests, cancellations, deadlines and readers that leave, all at once: every request ends,
  /// those that end by themselves say what they would say alone, and no page is lost.
  @Test
  void manyCallersAtOnceLoseNothing() throws Exception {
    List<HashChainModel> models;
    try (LocalEngine engine = engine(10, Map.of("m", source(1)));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < 24; caller++) {
        Random random = new Random(SEED + caller);
        all.add(callers.submit(() -> call(engine, random)));
      }
      for (Future<?> one : all) {
        one.get();
      }
      models = List.copyOf(made);
    }
    for (HashChainModel model : models) {
      assertThat(model.pagesFree()).as("-Dseed=%d", SEED).isEqualTo(model.pagesTotal());
    }
  }

  private static Void call(LocalEngine engine, Random random) throws Exception {
    for (int i = 0; i < 12; i++) {
      int[] prompt = random.ints(1 + random.nextInt(60), 0, 4).toArray();
      Sampling sampling = Sampling.at(1, random.nextLong());
      int maxTokens = 1 + random.nextInt(40);
      GenerationRequest request =
          GenerationRequest.of("m", new Prompt.Tokens(prompt), maxTokens, sampling)
              .withCaller(
                  "tenant " + random.nextInt(3),
                  Priority.NORMAL,
                  random.nextInt(6) == 0 ? java.time.Instant.now().plusMillis(5) : null);
      Generation generation = engine.generate(request);
      int what = random.nextInt(6);
      if (what == 0) {
        GenerationEvent first = generation.next(Duration.ofMillis(1));
        generation.close();
        if (first instanceof GenerationEvent.End) { // a deadline may have come first
          continue;
        }
      }
      Answer answer = read(generation);
      if (what != 0 && answer.end().reason() != FinishReason.DEADLINE) {
        assertThat(answer.tokens())
            .as("-Dseed=%d, %s", SEED, answer.end())
            .isEqualTo(alone(prompt, maxTokens, sampling));
      }
    }
    return null;
  }

  private static List<Integer> alone(int[] prompt, int maxTokens, Sampling sampling) {
    HashChainModel slow = new HashChainModel(VOCABULARY, 400, 8, 1);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + maxTokens);
    List<Integer> output = new ArrayList<>();
    for (int length = prompt.length; length < tokens.length; length++) {
      tokens[length] = new Sampler(sampling).sample(slow.scoresAfter(tokens, length), length);
      output.add(tokens[length]);
      if (tokens[length] == END) {
        break;
      }
    }
    return output;
  }
}
