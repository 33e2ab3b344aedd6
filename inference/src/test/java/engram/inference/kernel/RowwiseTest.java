package engram.inference.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Norms, rotations and gates against sums in double, on every backend.
class RowwiseTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final List<Backend> BACKENDS = Backends.all();
  private static final int[] WIDTHS = {0, 1, 31, 33, 100, 4097};

  private final Random random = new Random(SEED);

  @Test
  void normsAreThoseOfTheirDefinition() {
    for (Backend backend : BACKENDS) {
      for (int width : WIDTHS) {
        int rows = 9;
        try (Arena arena = Arena.ofConfined();
            Kernels kernels = new Kernels(backend, new WorkerPool(2))) {
          MemorySegment x = Oracle.random(arena, rows * width, random);
          MemorySegment w = Oracle.random(arena, width, random);
          MemorySegment b = Oracle.random(arena, width, random);
          MemorySegment rms = RawMemory.floats(arena, rows * width);
          MemorySegment layer = RawMemory.floats(arena, rows * width);
          kernels.rmsNorm(x, w, rms, rows, width, 1e-5f);
          kernels.layerNorm(x, w, b, layer, rows, width, 1e-5f);
          for (int r = 0; r < rows; r++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < width; i++) {
              double value = Oracle.at(x, r * width + i);
              sum += value;
              squares += value * value;
            }
            double mean = sum / width;
            double variance = squares / width - mean * mean;
            for (int i = 0; i < width; i++) {
              int at = r * width + i;
              double value = Oracle.at(x, at);
              double expected = value / Math.sqrt(squares / width + 1e-5) * Oracle.at(w, i);
              String where = backend.name() + " width " + width + " -Dseed=" + SEED;
              // Three roundings of a float each; the sums are in double.
              Differences.within(
                  Oracle.at(rms, at), expected, 4 * Math.ulp((float) expected) + 1e-30, where);
              double scaled = (value - mean) / Math.sqrt(variance + 1e-5) * Oracle.at(w, i);
              double normed = scaled + Oracle.at(b, i);
              double size = Math.abs(scaled) + Math.abs(Oracle.at(b, i));
              Differences.within(Oracle.at(layer, at), normed, size * 4e-7 + 1e-9, where);
            }
          }
        }
      }
    }
  }

  @Test
  void activationsAreRightToAFewBitsAndNeverHideANaN() {
    for (Backend backend : BACKENDS) {
      for (Activation f : Activation.values()) {
        for (int width : WIDTHS) {
          try (Arena arena = Arena.ofConfined();
              Kernels kernels = new Kernels(backend, new WorkerPool(1))) {
            float[] values = new float[width];
            for (int i = 0; i < width; i++) {
              values[i] = (float) (random.nextGaussian() * (i % 3 == 0 ? 30 : 3));
            }
            if (width > 31) {
              values[3] = 1e30f;
              values[4] = -1e30f;
              values[5] = Float.NaN;
              values[6] = 0;
            }
            MemorySegment x = Oracle.floats(arena, values);
            MemorySegment up = Oracle.random(arena, width, random);
            MemorySegment y = RawMemory.floats(arena, width);
            MemorySegment gated = RawMemory.floats(arena, width);
            kernels.activate(f, x, y, width);
            kernels.gate(f, x, up, width, gated, width, 1, width);
            for (int i = 0; i < width; i++) {
              double v = values[i];
              double expected = exact(f, v);
              String where = backend.name() + " " + f + " of " + v + " -Dseed=" + SEED;
              if (Double.isNaN(v)) {
                assertThat(Oracle.at(y, i)).as(where).isNaN();
                assertThat(Oracle.at(gated, i)).as(where).isNaN();
                continue;
              }
              // The rational erf is right to 1.5e-7, tanh and exp to 3e-7; they scale x.
              double tolerance = 5e-7 * Math.max(1, Math.abs(v)) + Math.abs(expected) * 5e-7;
              Differences.within(Oracle.at(y, i), expected, tolerance, where);
              double factor = Oracle.at(up, i);
              Differences.within(
                  Oracle.at(gated, i), expected * factor, 2 * tolerance * Math.abs(factor), where);
            }
          }
        }
      }
    }
  }

  private static double exact(Activation f, double x) {
    return switch (f) {
      case SILU -> x / (1 + Math.exp(-x));
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case RELU -> Math.max(x, 0);
      case TANH -> Math.tanh(x);
    };
  }

  /// By Simpson's rule over the density.
  private static double erf(double x) {
    double end = Math.min(Math.abs(x), 7);
    int steps = 2000;
    double h = end / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double t = i * h;
      sum += Math.exp(-t * t) * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return Math.signum(x) * 2 / Math.sqrt(Math.PI) * sum * h / 3;
  }

  @Test
  void rotationsKeepLengthsAndTurnByPositionTimesFrequency() {
    for (Backend backend : BACKENDS) {
      for (RopeStyle style : RopeStyle.values()) {
        for (int rotary : new int[] {0, 2, 30, 64}) {
          try (Arena arena = Arena.ofConfined();
              Kernels kernels = new Kernels(backend, new WorkerPool(2))) {
            int heads = 3;
            int dim = 64;
            int[] positions = {0, 1, 31, 4097, 131071};
            float[] inverse = new float[rotary / 2];
            for (int i = 0; i < inverse.length; i++) {
              inverse[i] = (float) Math.pow(10000, -2.0 * i / rotary);
            }
            MemorySegment turns = RawMemory.floats(arena, (long) positions.length * rotary);
            Kernels.rotations(positions, inverse, 1, turns);
            MemorySegment x = Oracle.random(arena, positions.length * heads * dim, random);
            float[] before = x.toArray(ValueLayout.JAVA_FLOAT);
            kernels.rope(style, x, heads * dim, turns, positions.length, heads, dim, rotary);
            for (int t = 0; t < positions.length; t++) {
              for (int h = 0; h < heads; h++) {
                int base = (t * heads + h) * dim;
                for (int d = rotary; d < dim; d++) {
                  assertThat(Oracle.at(x, base + d)).isEqualTo(before[base + d]);
                }
                for (int i = 0; i < rotary / 2; i++) {
                  int a = base + (style == RopeStyle.HALVES ? i : 2 * i);
                  int b = a + (style == RopeStyle.HALVES ? rotary / 2 : 1);
                  double angle = (double) positions[t] * inverse[i];
                  double c = Math.cos(angle);
                  double s = Math.sin(angle);
                  String where = backend.name() + " " + style + " -Dseed=" + SEED;
                  double size = (Math.abs(before[a]) + Math.abs(before[b])) * 3e-7;
                  Differences.within(Oracle.at(x, a), before[a] * c - before[b] * s, size, where);
                  Differences.within(Oracle.at(x, b), before[a] * s + before[b] * c, size, where);
                }
              }
            }
          }
        }
      }
    }
  }

  @Test
  void softmaxSumsToOneAndCapsBound() {
    for (Backend backend : BACKENDS) {
      for (int width : WIDTHS) {
        try (Arena arena = Arena.ofConfined();
            Kernels kernels = new Kernels(backend, new WorkerPool(1))) {
          MemorySegment x = Oracle.random(arena, 2 * width, random);
          kernels.add(Oracle.random(arena, 2 * width, random), 20, x, 2L * width);
          float[] before = x.toArray(ValueLayout.JAVA_FLOAT);
          MemorySegment capped = Oracle.floats(arena, before);
          kernels.softcap(capped, 30, 2L * width);
          kernels.softmax(x, 2, width);
          for (int r = 0; r < 2; r++) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
              sum += Math.exp(before[r * width + i]);
            }
            for (int i = 0; i < width; i++) {
              int at = r * width + i;
              String where = backend.name() + " width " + width + " -Dseed=" + SEED;
              double expected = Math.exp(before[at]) / sum;
              // exp of a rounded difference: its error grows with the exponent.
              Differences.within(Oracle.at(x, at), expected, expected * 2e-5 + 1e-37, where);
              double cap = 30 * Math.tanh(before[at] / 30);
              Differences.within(Oracle.at(capped, at), cap, 3e-5, where);
            }
          }
          MemorySegment none = Oracle.floats(arena, Float.NEGATIVE_INFINITY);
          kernels.softmax(none, 1, 1);
          assertThat(Oracle.at(none, 0)).isZero();
        }
      }
    }
  }
}
