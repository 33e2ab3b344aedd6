package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.inference.Attribution;
import engram.inference.Attribution.TokenSpan;
import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineSettings.CacheType;
import engram.inference.ScheduleSettings;
import engram.inference.model.GoldenModel;
import engram.inference.model.SlowDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attribution against whole matrices of attention by an independent decoder, which in turn says
/// what transformers says.
class AttributionOracleTest {
  @TempDir private Path folder;

  /// The facts have nine digits, and transformers makes norms and softmax in single precision.
  @ParameterizedTest
  @ValueSource(strings = {"llama2", "mistral", "qwen3", "gemma2"})
  void theOracleSaysWhatTransformersSays(String name) {
    GoldenModel golden = GoldenModel.of(name);
    double[][][] hidden = new SlowDecoder(golden, golden.ids()).hidden();
    double[][][] facts = golden.hidden();
    int[] rows = golden.rows();
    assertThat(hidden.length).isEqualTo(facts.length);
    for (int layer = 0; layer < facts.length; layer++) {
      for (int row = 0; row < rows.length; row++) {
        for (int c = 0; c < facts[layer][row].length; c++) {
          double expected = facts[layer][row][c];
          assertThat(hidden[layer][rows[row]][c])
              .as("%s: layer %d, token %d, %d", name, layer, rows[row], c)
              .isCloseTo(expected, within(3e-6 * Math.max(1, Math.abs(expected))));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "mistral", "qwen3", "gemma2"})
  void sharesAreMeansOfTheWholeMatrices(String name) throws Exception {
    GoldenModel golden = GoldenModel.of(name);
    int[] prompt = golden.ids();
    int[] answer = {3, 9, 27, 41, 5};
    int[] text = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, text, prompt.length, answer.length);
    double[][][][] attention = new SlowDecoder(golden, text).attention();
    List<TokenSpan> spans =
        List.of(
            new TokenSpan(0, 1),
            new TokenSpan(2, 7),
            new TokenSpan(7, 8),
            new TokenSpan(11, prompt.length));
    Attribution found = attributed(golden, prompt, answer, spans);
    for (int token = 0; token < answer.length; token++) {
      // The row that the token was drawn from is that of the token before.
      int query = prompt.length + token - 1;
      for (int s = 0; s < spans.size(); s++) {
        double sum = 0;
        int rows = 0;
        for (double[][][] layer : attention) {
          for (double[][] head : layer) {
            for (int key = spans.get(s).start(); key < spans.get(s).end(); key++) {
              sum += head[query][key];
            }
            rows++;
          }
        }
        // Weights of 1 in float, through three layers whose states are off by some 1e-6.
        assertThat(found.shares()[token][s])
            .as("%s: token %d, span %s", name, token, spans.get(s))
            .isCloseTo(sum / rows, within(1e-5));
      }
    }
  }

  private Attribution attributed(
      GoldenModel golden, int[] prompt, int[] answer, List<TokenSpan> spans) throws Exception {
    Path path = golden.writeFolder(folder);
    Files.writeString(
        path.resolve("tokenizer.json"),
        "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"b\":1},\"unk_token\":\"a\"}}");
    EngineSettings.Model model = new EngineSettings.Model("m", path, 64, 1 << 20, CacheType.F32);
    // Passes of a few tokens: rows come in pieces.
    ScheduleSettings few =
        new ScheduleSettings(6, 4, 9, 9, 6, 0, 16, ScheduleSettings.DEFAULT.patience(), true);
    try (Engine engine = Engine.open(new EngineSettings(List.of(model), 64 << 20, few))) {
      return engine.attribute("m", prompt, answer, spans, "");
    }
  }
}
