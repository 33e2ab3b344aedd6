package engram.inference.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// The kernels in C (`src/main/native`), through the Foreign Function & Memory API.
///
/// Calls are ordinary ones, not "critical": a product takes milliseconds and must not keep the
/// garbage collector waiting. What moves few bytes has no C kernel and is handed to the Java twin.
final class NativeBackend implements Backend {
  /// One compiled library; the number is what the probe says. A build has those of its own kind of
  /// processor.
  enum Isa {
    PLAIN("plain", 0),
    NEON("neon", 1),
    NEON_DOT("neondot", 2),
    AVX2("avx2", 1),
    AVX512("avx512", 2),
    AVX512_VNNI("avx512vnni", 3);

    final String library;
    final int level;

    Isa(String library, int level) {
      this.library = library;
      this.level = level;
    }
  }

  private final Isa isa;
  private final JavaBackend twin = JavaBackend.plain();
  private final MethodHandle quantize;
  private final MethodHandle matmul;
  private final MethodHandle rmsNorm;
  private final MethodHandle layerNorm;
  private final MethodHandle rope;
  private final MethodHandle gate;
  private final MethodHandle activate;
  private final MethodHandle add;
  private final MethodHandle softcap;
  private final MethodHandle attend;
  private final MethodHandle columnSums;

  /// @throws java.util.NoSuchElementException if a function is not in the library
  NativeBackend(Isa isa, SymbolLookup library) {
    this.isa = isa;
    quantize =
        find(
            library,
            "quantize",
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    matmul =
        find(
            library, "matmul", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
            JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG,
            JAVA_LONG);
    rmsNorm =
        find(
            library,
            "rms_norm",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT);
    layerNorm =
        find(
            library,
            "layer_norm",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT);
    rope =
        find(
            library, "rope", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT,
            JAVA_INT, JAVA_INT);
    gate =
        find(
            library, "gate", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_INT, JAVA_INT);
    activate = find(library, "activate", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    add = find(library, "add", JAVA_LONG, JAVA_FLOAT, JAVA_LONG, JAVA_LONG);
    softcap = find(library, "softcap", JAVA_LONG, JAVA_FLOAT, JAVA_LONG);
    attend =
        find(
            library,
            "attend",
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    columnSums =
        find(
            library,
            "column_sums",
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
  }

  @SuppressWarnings("restricted")
  private MethodHandle find(SymbolLookup library, String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(
            library.findOrThrow("engram_" + name + "_" + isa.library),
            FunctionDescriptor.ofVoid(arguments));
  }

  @Override
  public String name() {
    return "c-" + isa.library;
  }

  @Override
  public void quantize(
      long x, int columns, int first, int last, long codes, long scales, long sums) {
    try {
      quantize.invokeExact(x, columns, first, last, codes, scales, sums);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void matmul(
      PackedWeights weights,
      int first,
      int last,
      long x,
      long scales,
      long sums,
      int tokens,
      long y,
      long yStride,
      long bias) {
    int format = weights.format().id;
    long panelBytes = weights.format().panelBytes(weights.columns());
    try {
      matmul.invokeExact(
          format,
          weights.address(),
          panelBytes,
          weights.rows(),
          weights.columns(),
          weights.zero(),
          first,
          last,
          x,
          scales,
          sums,
          tokens,
          y,
          yStride,
          bias);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void rmsNorm(
      long x, long xStride, long weight, long y, long yStride, int rows, int width, float epsilon) {
    try {
      rmsNorm.invokeExact(x, xStride, weight, y, yStride, rows, width, epsilon);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void layerNorm(
      long x, long weight, long bias, long y, int rows, int width, float epsilon) {
    try {
      layerNorm.invokeExact(x, weight, bias, y, rows, width, epsilon);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void rope(
      RopeStyle style,
      long x,
      long stride,
      long rotations,
      int tokens,
      int heads,
      int headDim,
      int rotary) {
    int id = style.id;
    try {
      rope.invokeExact(id, x, stride, rotations, tokens, heads, headDim, rotary);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void gate(
      Activation f, long gate, long up, long stride, long y, long yStride, int rows, int width) {
    int id = f.id;
    try {
      this.gate.invokeExact(id, gate, up, stride, y, yStride, rows, width);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void activate(Activation f, long x, long y, long count) {
    int id = f.id;
    try {
      activate.invokeExact(id, x, y, count);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void add(long x, float scale, long y, long count) {
    try {
      add.invokeExact(x, scale, y, count);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void softcap(long x, float cap, long count) {
    try {
      softcap.invokeExact(x, cap, count);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void softmax(long x, int rows, int width) {
    twin.softmax(x, rows, width);
  }

  @Override
  public void store(
      PageFormat format,
      long page,
      int slot,
      int tokens,
      long k,
      long v,
      long stride,
      long positions) {
    twin.store(format, page, slot, tokens, k, v, stride, positions);
  }

  @Override
  public void load(PageFormat format, long page, int slot, long k, long v) {
    twin.load(format, page, slot, k, v);
  }

  @Override
  public void attend(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      long qStride,
      long queries,
      int tokens,
      int group,
      Mask mask,
      float scale,
      float softcap,
      long out,
      long max,
      long sum,
      long scratch) {
    int type = format.type().id;
    int headDim = format.headDim();
    int causal = mask.causal() ? 1 : 0;
    int window = mask.window();
    int sinks = mask.sinks();
    try {
      attend.invokeExact(
          type, headDim, base, ids, pages, q, qStride, queries, tokens, group, causal, window,
          sinks, scale, softcap, out, max, sum, scratch);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Override
  public void columnSums(
      PageFormat format,
      long base,
      long ids,
      int pages,
      long q,
      long qStride,
      long queries,
      int tokens,
      int group,
      Mask mask,
      float scale,
      float softcap,
      long lse,
      long lseStride,
      long out,
      long scratch) {
    int type = format.type().id;
    int headDim = format.headDim();
    int causal = mask.causal() ? 1 : 0;
    int window = mask.window();
    int sinks = mask.sinks();
    try {
      columnSums.invokeExact(
          type, headDim, base, ids, pages, q, qStride, queries, tokens, group, causal, window,
          sinks, scale, softcap, lse, lseStride, out, scratch);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /// A handle may throw anything, by its signature; a call into C throws nothing of its own.
  private static IllegalStateException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("a call of a C kernel failed", e);
  }
}
