package engram.inference.cache;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A range of addresses whose memory comes with the first write and can be given back to the system
/// in part, which no arena does.
///
/// By `mmap` on Linux and macOS. Elsewhere an arena of the whole size: it works, and memory goes
/// back only when the range is closed.
final class AddressSpace implements AutoCloseable {
  static final long SYSTEM_PAGE = 4096;

  private static final @Nullable Posix POSIX = Posix.find();

  private final MemorySegment memory;
  private final @Nullable Arena arena;

  AddressSpace(long bytes) {
    long size = Math.max(SYSTEM_PAGE, (bytes + SYSTEM_PAGE - 1) / SYSTEM_PAGE * SYSTEM_PAGE);
    if (POSIX != null) {
      arena = null;
      memory = POSIX.map(0, size);
    } else {
      arena = Arena.ofShared();
      memory = arena.allocate(size, SYSTEM_PAGE);
    }
  }

  MemorySegment memory() {
    return memory;
  }

  /// Gives the whole system pages inside `[offset, offset + bytes)` back; they read as zeros
  /// afterwards. Returns the bytes given back.
  long release(long offset, long bytes) {
    long first = (offset + SYSTEM_PAGE - 1) / SYSTEM_PAGE * SYSTEM_PAGE;
    long last = (offset + bytes) / SYSTEM_PAGE * SYSTEM_PAGE;
    if (last <= first || POSIX == null) {
      return 0;
    }
    POSIX.map(memory.address() + first, last - first);
    return last - first;
  }

  @Override
  public void close() {
    if (POSIX != null) {
      POSIX.unmap(memory);
    } else if (arena != null) {
      arena.close();
    }
  }

  /// The two system calls. Mapping anew over a range drops what was there, on every POSIX system;
  /// what `madvise` promises differs between them.
  private record Posix(MethodHandle mmap, MethodHandle munmap, int flags) {
    private static final int READ_WRITE = 1 | 2;
    private static final int FIXED = 0x10;
    private static final long FAILED = -1;

    @SuppressWarnings("restricted")
    static @Nullable Posix find() {
      String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
      int flags;
      if (system.startsWith("linux")) {
        flags = 0x02 | 0x20 | 0x4000; // private, anonymous, no reserve
      } else if (system.startsWith("mac")) {
        flags = 0x02 | 0x1000 | 0x40;
      } else {
        return null;
      }
      SymbolLookup library = Linker.nativeLinker().defaultLookup();
      Optional<MemorySegment> mmap = library.find("mmap");
      Optional<MemorySegment> munmap = library.find("munmap");
      if (mmap.isEmpty() || munmap.isEmpty()) {
        return null;
      }
      Linker linker = Linker.nativeLinker();
      return new Posix(
          linker.downcallHandle(
              mmap.get(),
              FunctionDescriptor.of(
                  ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
          linker.downcallHandle(
              munmap.get(), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
          flags);
    }

    @SuppressWarnings("restricted")
    MemorySegment map(long at, long bytes) {
      try {
        MemorySegment mapped =
            (MemorySegment)
                mmap.invokeExact(at, bytes, READ_WRITE, at == 0 ? flags : flags | FIXED, -1, 0L);
        if (mapped.address() == FAILED) {
          throw new OutOfMemoryError("no address range of " + bytes + " bytes");
        }
        return mapped.reinterpret(bytes);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("mmap", e);
      }
    }

    void unmap(MemorySegment memory) {
      try {
        int _ = (int) munmap.invokeExact(memory.address(), memory.byteSize());
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("munmap", e);
      }
    }
  }
}
