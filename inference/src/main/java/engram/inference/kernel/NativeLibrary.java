package engram.inference.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Finds the libraries that the build put beside this class, and loads one.
///
/// Its bytes go to a file in a new folder that only this user may read, which is deleted once the
/// library is loaded.
final class NativeLibrary {
  /// Why there is no C kernel; the message is a sentence for whoever runs the service.
  static final class Absent extends Exception {
    private static final long serialVersionUID = 1;

    Absent(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private NativeLibrary() {}

  /// The best backend that this processor can run.
  static Backend best() throws Absent {
    int best = probe(load(NativeBackend.Isa.PLAIN));
    for (NativeBackend.Isa isa : List.of(NativeBackend.Isa.values()).reversed()) {
      if (isa.level <= best && NativeLibrary.class.getResource(resource(isa)) != null) {
        return backend(isa);
      }
    }
    throw new Absent("the build has no kernels for this processor", null);
  }

  /// A certain backend; the caller knows that the processor can run it.
  static Backend backend(NativeBackend.Isa isa) throws Absent {
    try {
      return new NativeBackend(isa, load(isa));
    } catch (NoSuchElementException e) {
      throw new Absent("the library of " + isa + " lacks a kernel: " + e.getMessage(), e);
    }
  }

  /// Whether the processor can run an instruction set and the build has its library.
  static boolean runs(NativeBackend.Isa isa) {
    try {
      return NativeLibrary.class.getResource(resource(isa)) != null
          && probe(load(NativeBackend.Isa.PLAIN)) >= isa.level;
    } catch (Absent e) {
      return false;
    }
  }

  private static String resource(NativeBackend.Isa isa) {
    String system =
        System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac")
            ? "mac"
            : "linux";
    String machine = System.getProperty("os.arch", "");
    if (machine.equals("x86_64")) {
      machine = "amd64";
    }
    return system + "-" + machine + "/libengram-" + isa.library + ".so";
  }

  @SuppressWarnings("restricted")
  private static int probe(SymbolLookup library) throws Absent {
    try {
      MethodHandle best =
          Linker.nativeLinker()
              .downcallHandle(library.findOrThrow("engram_best"), FunctionDescriptor.of(JAVA_INT));
      return (int) best.invokeExact();
    } catch (Throwable e) {
      throw new Absent("the kernels' probe failed: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup load(NativeBackend.Isa isa) throws Absent {
    String name = resource(isa);
    try (InputStream in = NativeLibrary.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new Absent("this build has no " + name + " (was there a C compiler?)", null);
      }
      Path folder = Files.createTempDirectory("engram-kernels");
      Path file = folder.resolve("libengram-" + isa.library + ".so");
      try {
        Files.copy(in, file);
        return SymbolLookup.libraryLookup(file, Arena.global());
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
      }
    } catch (IOException | IllegalArgumentException | IllegalCallerException e) {
      throw new Absent("the library " + name + " cannot be loaded: " + e.getMessage(), e);
    }
  }
}
