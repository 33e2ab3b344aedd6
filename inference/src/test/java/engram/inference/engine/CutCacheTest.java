package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.CacheMethods;
import engram.inference.KvPolicy;
import engram.inference.KvPolicy.Moment;
import engram.inference.KvView;
import engram.inference.PublicData;
import engram.inference.attention.Attention;
import engram.inference.cache.KvLayout;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import engram.inference.model.Decoder;
import engram.inference.model.ModelFile;
import engram.inference.policy.HeavyHitters;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.schedule.AttentionReader;
import engram.inference.schedule.Slice;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A real model's cache under policies: what stays is what the policy says of the attention that
/// was paid, and what goes is free.
class CutCacheTest {
  private static final int TOKENS = 200;
  private static final int BUDGET = 40;
  private static final int LAYERS = 5;
  private static final int KV_HEADS = 4;
  private static final int GROUP = 2;

  private interface Body {
    void run(DecoderModel model, PagePool pool);
  }

  private static void withModel(Body body) {
    Path data = PublicData.require("model-stories260k");
    try (Kernels kernels = new Kernels(Backends.java(), new WorkerPool(2));
        ModelFile file = ModelFile.open(data.resolve("tinyllamas-stories-260k-f32.gguf"))) {
      Decoder decoder = Decoder.load(file, 512, kernels);
      KvLayout layout = decoder.layout(KvType.F32);
      PagePool pool = new PagePool(layout, new MemoryBudget(layout.bytes(2048)));
      try (DecoderModel model =
          new DecoderModel(
              decoder, pool, new Attention(kernels.backend(), kernels.pool()), decoder::close)) {
        body.run(model, pool);
      }
    }
  }

  private static int[] prompt() {
    int[] tokens = new Random(11).ints(TOKENS, 260, 500).toArray();
    tokens[0] = 1;
    return tokens;
  }

  /// `[L][Hkv][TOKENS]`: the attention that each token got from the queries from `first` on,
  /// averaged over a group, from rows read one by one.
  private static float[][][] massFrom(DecoderModel model, int first) {
    float[][][] mass = new float[LAYERS][KV_HEADS][TOKENS];
    AttentionReader reader =
        new AttentionReader() {
          @Override
          public int firstQuery() {
            return first;
          }

          @Override
          public void row(
              int query, int layer, int head, int[] positions, float[] weights, int count) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
              sum += weights[i];
              mass[layer][head / GROUP][positions[i]] += weights[i] / GROUP;
              assertThat(positions[i] <= query || weights[i] == 0).isTrue();
            }
            // A row of at most 200 numbers of 4 bytes.
            assertThat(Math.abs(sum - 1) <= 1e-4).isTrue();
          }
        };
    try (var sequence = model.open(CacheMethods.ALL)) {
      model.step(
          List.of(new Slice(sequence, prompt(), 1, Moment.PREFILL_END, reader)), new float[1][512]);
    }
    return mass;
  }

  private static void assertKept(KvPolicy policy, int massFrom) {
    withModel((model, pool) -> {
      float[][][] mass = massFrom(model, massFrom);
      assertThat(pool.livePages()).isZero();
      try (var sequence = (DecoderModel.Cached) model.open(new CacheMethods(policy, BUDGET))) {
        int[] prompt = prompt();
        // In two pieces, the second longer than any window.
        model.step(
            List.of(new Slice(sequence, Arrays.copyOf(prompt, 90), 0, Moment.PREFILL_CHUNK, null)),
            new float[0][]);
        model.step(
            List.of(
                new Slice(
                    sequence, Arrays.copyOfRange(prompt, 90, TOKENS), 1, Moment.PREFILL_END, null)),
            new float[1][512]);
        model.step(
            List.of(new Slice(sequence, new int[] {300}, 1, Moment.DECODE, null)),
            new float[1][512]);
        for (int layer = 0; layer < LAYERS; layer++) {
          int[][] positions = new int[KV_HEADS][TOKENS];
          for (int[] each : positions) {
            Arrays.setAll(each, i -> i);
          }
          int[][] kept =
              policy.keep(
                  new KvView(layer, LAYERS, positions, mass[layer], new float[0], new int[0]),
                  BUDGET);
          for (int head = 0; head < KV_HEADS; head++) {
            int[] expected = Arrays.copyOf(kept[head], BUDGET + 1);
            expected[BUDGET] = TOKENS;
            int[] found = sequence.entries().positions(layer, head);
            // Two ways of summing may tell near ties apart: at most one entry differs.
            long same =
                Arrays.stream(found).filter(p -> Arrays.binarySearch(expected, p) >= 0).count();
            assertThat(found).hasSize(BUDGET + 1);
            assertThat(same)
                .as("%s, layer %d, head %d", policy.name(), layer, head)
                .isGreaterThanOrEqualTo(BUDGET);
          }
        }
        // 41 entries are 2 pages of 32; the whole text would be 7.
        assertThat(pool.livePages()).isEqualTo(2 * LAYERS * KV_HEADS);
      }
      assertThat(pool.livePages()).isZero();
    });
  }

  @Test
  void snapKvKeepsWhatTheLastQueriesAttendedTo() {
    assertKept(new SnapKv(16, 5), TOKENS - 16);
  }

  @Test
  void heavyHittersKeepWhatAllQueriesAttendedTo() {
    assertKept(new PromptOnly(HeavyHitters.DEFAULT), 0);
  }

  @Test
  void sinksAndWindowKeepBothEnds() {
    assertKept(new PromptOnly(new SinksAndWindow(4)), TOKENS - 1);
  }

  /// Another policy asked once, at the prompt's end, so that one cut is compared with one formula.
  private record PromptOnly(KvPolicy of) implements KvPolicy {
    @Override
    public String name() {
      return of.name();
    }

    @Override
    public java.util.Set<engram.inference.Signal> needs() {
      return of.needs();
    }

    @Override
    public java.util.Set<Moment> moments() {
      return java.util.Set.of(Moment.PREFILL_END);
    }

    @Override
    public int lastQueries() {
      return of.lastQueries();
    }

    @Override
    public int[][] keep(KvView view, int budgetTokens) {
      return of.keep(view, budgetTokens);
    }
  }
}
