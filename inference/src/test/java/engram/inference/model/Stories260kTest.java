package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.PublicData;
import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real model against an independent float64 reference.
class Stories260kTest {
  private static final int CONTEXT = 512;

  @Test
  void writesAndScoresAsTheReferenceDoes() {
    Path data = PublicData.require("model-stories260k");
    JsonNode golden = JsonMapper.shared().readTree(data.resolve("golden.json").toFile());
    try (Kernels kernels = new Kernels(Backends.java(), new WorkerPool(2));
        ModelFile file = ModelFile.open(data.resolve("tinyllamas-stories-260k-f32.gguf"));
        Decoder decoder = Decoder.load(file, CONTEXT, kernels)) {
      KvLayout layout = decoder.layout(KvType.F32);
      try (PagePool pool = new PagePool(layout, new MemoryBudget(layout.bytes(2 * CONTEXT)))) {
        for (JsonNode test : golden.get("cases")) {
          assertGreedy(decoder, pool, test);
        }
        assertLoss(decoder, pool, golden);
        assertLogits(decoder, pool, golden);
      }
    }
  }

  private static void assertGreedy(Decoder decoder, PagePool pool, JsonNode test) {
    int[] next = ints(test.get("prompt_ids"));
    int[] expected = ints(test.get("greedy_ids"));
    int[] found = new int[expected.length];
    try (KvSequence sequence = new KvSequence(pool)) {
      int position = 0;
      for (int i = 0; i < found.length; i++) {
        Step step = new Step();
        step.add(sequence, next, position);
        step.want(next.length - 1);
        float[] scores = decoder.forward(step).logits(0);
        int best = 0;
        for (int token = 1; token < scores.length; token++) {
          best = scores[token] > scores[best] ? token : best;
        }
        found[i] = best;
        position += next.length;
        next = new int[] {best};
      }
    }
    assertThat(found).as(test.get("name").stringValue()).isEqualTo(expected);
  }

  private static void assertLoss(Decoder decoder, PagePool pool, JsonNode golden) {
    JsonNode passage = golden.get("perplexity");
    int[] ids = ints(passage.get("ids"));
    JsonNode losses = passage.get("nll_per_token");
    double sum = 0;
    try (KvSequence sequence = new KvSequence(pool)) {
      Step step = new Step();
      step.add(sequence, ids, 0);
      for (int i = 0; i < ids.length; i++) {
        step.want(i);
      }
      Output output = decoder.forward(step);
      for (int i = 0; i + 1 < ids.length; i++) {
        double loss = loss(output.logits(i), ids[i + 1]);
        // The facts have five decimals.
        assertThat(loss).isCloseTo(losses.get(i).doubleValue(), Offset.offset(2e-5));
        sum += loss;
      }
    }
    assertThat(losses.size()).isEqualTo(ids.length - 1);
    assertThat(Math.exp(sum / losses.size())).isCloseTo(1.38279, Offset.offset(2e-5));
  }

  private static double loss(float[] scores, int token) {
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(score - (double) scores[token]);
    }
    return Math.log(sum);
  }

  private static void assertLogits(Decoder decoder, PagePool pool, JsonNode golden) {
    try (KvSequence sequence = new KvSequence(pool)) {
      Step step = new Step();
      step.add(sequence, new int[] {1}, 0);
      step.want(0);
      float[] scores = decoder.forward(step).logits(0);
      JsonNode expected = golden.get("logits_after_bos");
      for (int i = 0; i < scores.length; i++) {
        assertThat((double) scores[i])
            .isCloseTo(expected.get(i).doubleValue(), Offset.offset(2e-5));
      }
    }
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).intValue();
    }
    return ints;
  }
}
