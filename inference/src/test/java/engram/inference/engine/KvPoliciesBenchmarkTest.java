package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The measurement itself, on little, so that it cannot rot.
class KvPoliciesBenchmarkTest {
  @TempDir private Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void theWholeCacheDivergesFromItselfByNothingAndSmallerOnesAreSmaller() throws Exception {
    new KvPoliciesBenchmark(new KvPoliciesBenchmark.Size(1, 140, 90, 6))
        .run()
        .write(folder, "kv-policies");
    JsonNode json = JsonMapper.shared().readTree(folder.resolve("kv-policies.json").toFile());
    Map<String, JsonNode> rows = new HashMap<>();
    json.get("methods").forEach(row -> rows.put(row.get("method").stringValue(), row));
    assertThat(rows).hasSize(14);
    JsonNode dense = rows.get("dense, f32");
    assertThat(dense.get("KL").doubleValue()).isZero();
    assertThat(dense.get("same first").doubleValue()).isEqualTo(1);
    assertThat(dense.get("resident MB").doubleValue())
        .isGreaterThanOrEqualTo(dense.get("live MB").doubleValue());
    // Halves move little.
    assertThat(rows.get("dense, f16").get("KL").doubleValue()).isBetween(0.0, 1e-3);
    rows.forEach((name, row) -> {
      if (name.endsWith(", 20") || name.endsWith(", 46")) {
        assertThat(row.get("live MB").doubleValue())
            .as(name)
            .isLessThan(dense.get("live MB").doubleValue());
        assertThat(row.get("KL").doubleValue()).as(name).isPositive();
      }
    });
  }
}
