package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.Attribution;
import engram.inference.Attribution.TokenSpan;
import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineSettings.CacheType;
import engram.inference.OverloadedException;
import engram.inference.Prompt;
import engram.inference.ScheduleSettings;
import engram.inference.model.GoldenModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// Vectors, relevance and attention through the door, from folders with a tokenizer beside the
/// weights, against what Hugging Face transformers computes.
class TextReadingTest {
  /// Of the models themselves: GoldenModelsTest.
  private static final double TOLERANCE = 5e-5;

  /// A decoder's vectors come out of a cache in halves.
  private static final double TOLERANCE_OF_HALVES = 5e-3;

  @TempDir private Path folder;

  static List<String> encoders() {
    return GoldenModel.ENCODERS;
  }

  /// A model whose words `w0 w1 …` are its tokens; the second of two texts is of type 1.
  private EngineSettings.Model model(GoldenModel golden, String pooling) throws Exception {
    Path path = golden.writeFolder(folder.resolve(golden.name() + pooling));
    Map<String, Integer> words = new TreeMap<>();
    for (int id = 0; id < golden.config().get("vocab_size").intValue(); id++) {
      words.put("w" + id, id);
    }
    int second = golden.types()[golden.types().length - 1];
    Map<String, Object> first = Map.of("Sequence", Map.of("id", "A", "type_id", 0));
    Files.writeString(
        path.resolve("tokenizer.json"),
        JsonMapper.shared()
            .writeValueAsString(
                Map.of(
                    "model",
                    Map.of("type", "WordLevel", "vocab", words, "unk_token", "w0"),
                    "pre_tokenizer",
                    Map.of("type", "WhitespaceSplit"),
                    "post_processor",
                    Map.of(
                        "type",
                        "TemplateProcessing",
                        "single",
                        List.of(first),
                        "pair",
                        List.of(first, Map.of("Sequence", Map.of("id", "B", "type_id", second))),
                        "special_tokens",
                        Map.of()))));
    if (!pooling.isEmpty()) {
      Files.createDirectories(path.resolve("1_Pooling"));
      Files.writeString(
          path.resolve("1_Pooling/config.json"), "{\"pooling_mode_" + pooling + "\": true}");
      Files.writeString(
          path.resolve("modules.json"),
          """
          [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
           {"idx": 1, "name": "1", "path": "1_Pooling",
            "type": "sentence_transformers.models.Pooling"}]\
          """);
    }
    return new EngineSettings.Model("m", path, 64, 1 << 20, CacheType.F32);
  }

  private static Engine open(EngineSettings.Model model) {
    return Engine.open(new EngineSettings(List.of(model), 64 << 20, ScheduleSettings.DEFAULT));
  }

  private static String words(int[] ids, int from, int to) {
    return Arrays.stream(ids, from, to).mapToObj(id -> "w" + id).collect(Collectors.joining(" "));
  }

  private static void assertClose(float[] found, double[] expected, double within, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      double off = Math.abs(found[i] - expected[i]);
      assertThat(off <= within * Math.max(1, Math.abs(expected[i])))
          .as("%s, %d: %s instead of %s", what, i, found[i], expected[i])
          .isTrue();
    }
  }

  /// Reads the first or last token's state, which the facts have.
  @ParameterizedTest
  @MethodSource("encoders")
  void encodersGiveTheStatesOfEveryLayer(String name) throws Exception {
    GoldenModel golden = GoldenModel.of(name);
    if (Arrays.stream(golden.types()).anyMatch(type -> type != 0)) {
      return; // one text has one type
    }
    int[] ids = golden.ids();
    String text = words(ids, 0, ids.length);
    double[][][] hidden = golden.hidden();
    for (String pooling : List.of("cls_token", "lasttoken")) {
      try (Engine engine = open(model(golden, pooling))) {
        int row = pooling.equals("cls_token") ? 0 : hidden[0].length - 1;
        for (int layer = 0; layer < hidden.length; layer++) {
          List<float[]> vectors = engine.embed("m", List.of("w9", text, "w8 w7"), layer);
          assertThat(vectors).hasSize(3);
          assertClose(vectors.get(1), hidden[layer][row], TOLERANCE, pooling + ", layer " + layer);
        }
        assertClose(
            engine.embed("m", List.of(text)).getFirst(),
            hidden[hidden.length - 1][row],
            TOLERANCE,
            pooling);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen3", "gemma2"})
  void decodersGiveTheStatesOfEveryLayerBesideWhatTheyWrite(String name) throws Exception {
    GoldenModel golden = GoldenModel.of(name);
    int[] ids = golden.ids();
    String text = words(ids, 0, ids.length);
    double[][][] hidden = golden.hidden();
    for (String pooling : List.of("cls_token", "")) {
      try (Engine engine = open(model(golden, pooling))) {
        int row = pooling.isEmpty() ? hidden[0].length - 1 : 0;
        for (int layer = 0; layer < hidden.length; layer++) {
          assertClose(
              engine.embed("m", List.of("w9", text), layer).get(1),
              hidden[layer][row],
              TOLERANCE_OF_HALVES,
              pooling + ", layer " + layer);
        }
        assertThat(engine.score("m", new Prompt.Tokens(ids), "", 0)).hasSize(ids.length - 1);
      }
    }
  }

  /// What a decoder caches while it reads counts, for as long as it reads.
  @Test
  void aDecodersVectorsTakeTheEnginesMemoryForATime() throws Exception {
    GoldenModel golden = GoldenModel.of("llama3");
    EngineSettings.Model model = model(golden, "");
    long own = Files.size(model.path().resolve("model.safetensors")) + model.cacheBytes();
    String text = words(golden.ids(), 0, golden.ids().length);
    try (Engine engine =
        Engine.open(new EngineSettings(List.of(model), own + 100, ScheduleSettings.DEFAULT))) {
      assertThatThrownBy(() -> engine.embed("m", List.of(text)))
          .isInstanceOfSatisfying(
              OverloadedException.class,
              e -> assertThat(e.scope()).isEqualTo(OverloadedException.Scope.ENGINE))
          .hasMessageMatching("a text needs \\d+ bytes; models in use leave 100 of " + (own + 100));
    }
    try (Engine engine =
        Engine.open(
            new EngineSettings(List.of(model), own + (1 << 16), ScheduleSettings.DEFAULT))) {
      assertThat(engine.embed("m", List.of(text, "w9"))).hasSize(2);
      assertThat(engine.status().usedBytes()).isEqualTo(own);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-reranker", "xlm-roberta-reranker"})
  void rerankersScoreEachDocumentAsIfItWereAlone(String name) throws Exception {
    GoldenModel golden = GoldenModel.of(name);
    int[] ids = golden.ids();
    int[] types = golden.types();
    int border = 0;
    while (border < types.length && types[border] == 0) {
      border++;
    }
    border = border == types.length ? 9 : border;
    String query = words(ids, 0, border);
    String document = words(ids, border, ids.length);
    try (Engine engine = open(model(golden, ""))) {
      float[] scores = engine.rerank("m", query, List.of("w9 w8", document, "w7", document));
      assertThat(scores).hasSize(4);
      assertClose(
          new float[] {scores[1]}, golden.logits()[0], TOLERANCE, "the document among others");
      assertThat(scores[3]).isEqualTo(scores[1]);
      assertThat(scores[0]).isNotEqualTo(scores[1]);
    }
  }

  @Test
  void whatCannotBeReadIsRefusedByName() throws Exception {
    try (Engine engine = open(model(GoldenModel.of("bert"), ""))) {
      assertThatThrownBy(() -> engine.embed("m", List.of())).hasMessage("0 texts, not 1 to 4096");
      assertThatThrownBy(() -> engine.embed("m", List.of("w1"), 7))
          .hasMessage("layer 7 is not within [0, 2], nor -1 for the last");
      assertThatThrownBy(() -> engine.rerank("m", "w1", List.of("w2")))
          .hasMessage("the model has no classifier");
      assertThatThrownBy(() -> engine.embed("x", List.of("w1"))).hasMessageContaining("no model x");
    }
    try (Engine engine = open(model(GoldenModel.of("llama3"), ""))) {
      assertThatThrownBy(() -> engine.embed("m", List.of("w1", " ")))
          .hasMessage("a text has no token");
      assertThatThrownBy(() -> engine.embed("m", List.of("w1"), -2))
          .hasMessage("layer -2 is not within [0, 3], nor -1 for the last");
    }
  }

  /// Where an answer is read from: shares are the mean over layers and heads, so spans that cover
  /// the prompt share all that the answer's own tokens leave, and cutting a span cuts its share.
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gemma2", "phi3"})
  void attributionOfRandomModelsAddsUp(String name) throws Exception {
    GoldenModel golden = GoldenModel.of(name);
    int[] prompt = golden.ids();
    int[] answer = {3, 9, 27};
    try (Engine engine = open(model(golden, ""))) {
      List<TokenSpan> single = new ArrayList<>();
      for (int i = 0; i < prompt.length; i++) {
        single.add(new TokenSpan(i, i + 1));
      }
      Attribution each = engine.attribute("m", prompt, answer, single, "");
      Attribution halves =
          engine.attribute(
              "m",
              prompt,
              answer,
              List.of(new TokenSpan(0, 8), new TokenSpan(8, prompt.length)),
              "");
      for (int token = 0; token < answer.length; token++) {
        double first = 0;
        for (int i = 0; i < 8; i++) {
          first += each.shares()[token][i];
        }
        assertThat(Math.abs(first - halves.shares()[token][0]) <= 1e-6).as(name).isTrue();
        assertThat(Math.abs(each.rest(token) - halves.rest(token)) <= 1e-6).isTrue();
      }
      assertThat(Math.abs(each.rest(0)) <= 1e-5).isTrue();
      assertThat(each.rest(2)).isPositive();
    }
  }
}
