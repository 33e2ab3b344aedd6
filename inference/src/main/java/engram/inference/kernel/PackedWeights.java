package engram.inference.kernel;

import engram.inference.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A weight matrix `[N, K]`, laid out for the kernels at load; holds the file's numbers exactly.
///
/// Bytes for bytes about the file's size (Q8_0, Q4_0, floats: equal; 5- and 6-bit types grow to 8
/// bits, 2- and 3-bit ones to 4). Immutable; lives as long as the arena that it was packed in.
public final class PackedWeights {
  private final ElementType type;
  private final PanelFormat format;
  private final int rows;
  private final int columns;
  private final MemorySegment memory;

  private PackedWeights(ElementType type, int rows, int columns, MemorySegment memory) {
    this.type = type;
    this.format = PanelFormat.of(type);
    this.rows = rows;
    this.columns = columns;
    this.memory = memory;
  }

  /// Packs `data`, `[rows, columns]` row-major as the file has it.
  ///
  /// @param pool shares the work (its threads must be allowed to read `data` and to write to the
  ///   arena's memory), or null: the caller does it alone
  /// @throws IllegalArgumentException if `columns` is no whole number of the type's blocks, or
  ///   `data` has not just the bytes of the matrix
  public static PackedWeights pack(
      ElementType type,
      MemorySegment data,
      int rows,
      int columns,
      Arena arena,
      @Nullable WorkerPool pool) {
    if (rows < 0 || columns < 0) {
      throw new IllegalArgumentException("weights [" + rows + ", " + columns + "]");
    }
    long bytes = Math.multiplyExact(type.bytes(columns), (long) rows);
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          type
              + " weights ["
              + rows
              + ", "
              + columns
              + "] are "
              + bytes
              + " bytes, not "
              + data.byteSize());
    }
    int panels = (rows + PanelFormat.ROWS - 1) / PanelFormat.ROWS;
    long size = Math.multiplyExact(PanelFormat.of(type).panelBytes(columns), (long) panels);
    MemorySegment memory = arena.allocate(Math.max(size, 1), RawMemory.ALIGNMENT);
    PackedWeights packed = new PackedWeights(type, rows, columns, memory);
    WorkerPool.Task task = (panel, worker) -> Packing.panel(packed, data, panel);
    if (pool != null) {
      pool.run(panels, task);
    } else {
      for (int panel = 0; panel < panels; panel++) {
        task.run(panel, 0);
      }
    }
    return packed;
  }

  public ElementType type() {
    return type;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /// Memory that the packed form takes, and what one product with it reads.
  public long bytes() {
    return memory.byteSize();
  }

  PanelFormat format() {
    return format;
  }

  int zero() {
    return PanelFormat.zero(type);
  }

  int panels() {
    return (rows + PanelFormat.ROWS - 1) / PanelFormat.ROWS;
  }

  MemorySegment memory() {
    return memory;
  }

  /// The first panel's address.
  long address() {
    return RawMemory.address("weights", memory, 0);
  }
}
