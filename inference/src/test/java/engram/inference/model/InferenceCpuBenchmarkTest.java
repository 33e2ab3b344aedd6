package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.inference.BenchmarkReport;
import engram.inference.model.InferenceCpuBenchmark.Size;
import engram.inference.model.RandomGguf.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The measurement itself, on a tiny model and without the peer, so that it cannot rot.
class InferenceCpuBenchmarkTest {
  @TempDir private Path folder;

  @Test
  void everyKeyIsThereAndThePeerIsToldToBeAbsent() throws Exception {
    Size tiny =
        new Size(
            new Shape(64, 2, 4, 2, 16, 128, 100, 512),
            new Shape(32, 1, 2, 2, 16, 64, 100, 64),
            new int[] {0, 33, 70},
            20,
            40,
            3,
            2,
            1 << 20);
    new InferenceCpuBenchmark(tiny, folder, null).run().write(folder, "inference-cpu");
    JsonNode json = JsonMapper.shared().readTree(folder.resolve("inference-cpu.json").toFile());
    for (String key :
        List.of(
            "decode_q8_0_vs_llamacpp",
            "decode_q4_0_vs_llamacpp",
            "decode_q8_0_4k_vs_llamacpp",
            "decode_q8_0_16k_vs_llamacpp",
            "prefill_q8_0_vs_llamacpp",
            "prefill_q8_0_16k_vs_llamacpp",
            "prefill_q4_0_long_vs_llamacpp",
            "decode_q4_0_16k_vs_llamacpp",
            "llamacpp_commit")) {
      assertThat(json.get(key).stringValue()).as(key).isEqualTo("peer absent");
    }
    assertThat(json.get("decode_bandwidth_share").doubleValue()).isPositive();
    assertThat(json.get("embeddings_per_second").doubleValue()).isPositive();
    assertThat(json.get("pairs")).hasSize(12);
    json.get("pairs")
        .forEach(row -> {
          assertThat(row.get("tokens/s").doubleValue()).isPositive();
          assertThat(row.get("of the bound").doubleValue())
              .isCloseTo(
                  row.get("tokens/s").doubleValue() / row.get("bound tokens/s").doubleValue(),
                  within(1e-9));
        });
    assertThat(BenchmarkReport.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(BenchmarkReport.median(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
  }

  @Test
  void aFolderWithoutTheBenchIsRefused() {
    assertThatThrownBy(() -> LlamaCpp.of(folder, folder))
        .hasMessageContaining("--llamacpp: there is no")
        .hasMessageContaining("llama-bench");
  }
}
