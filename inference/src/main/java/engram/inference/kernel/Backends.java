package engram.inference.kernel;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Chooses the backend, once: the C kernels of the best instruction set, else the Java twins.
public final class Backends {
  private static final Logger log = LoggerFactory.getLogger(Backends.class);

  /// What runs, and why not something better.
  ///
  /// @param reason empty where nothing better exists
  public record Choice(Backend backend, String reason) {
    /// One line for `/actuator/info`.
    public String describe() {
      return reason.isEmpty() ? backend.name() : backend.name() + ": " + reason;
    }
  }

  private Backends() {}

  private static final class Best {
    static final Choice CHOICE = choose();
  }

  /// The same for the life of the process.
  public static Choice best() {
    return Best.CHOICE;
  }

  /// The twins in plain Java: slow, and what the others are held against.
  public static Backend java() {
    return JavaBackend.plain();
  }

  /// Every backend that this machine can run, the twins first; for tests and measurements.
  public static List<Backend> all() {
    List<Backend> all = new ArrayList<>();
    all.add(java());
    if (hasVectors()) {
      all.add(vectors());
    }
    for (NativeBackend.Isa isa : NativeBackend.Isa.values()) {
      if (NativeLibrary.runs(isa)) {
        try {
          all.add(NativeLibrary.backend(isa));
        } catch (NativeLibrary.Absent e) {
          log.debug("no backend for {}", isa, e);
        }
      }
    }
    return all;
  }

  private static Choice choose() {
    try {
      Backend best = NativeLibrary.best();
      log.info("kernels: {}", best.name());
      return new Choice(best, "");
    } catch (NativeLibrary.Absent e) {
      String cure = "; build with a C compiler on the path, and run with --enable-native-access";
      Backend twins = hasVectors() ? vectors() : java();
      log.warn("kernels: {}, which is slow: {}{}", twins.name(), e.getMessage(), cure);
      return new Choice(twins, e.getMessage() + cure);
    }
  }

  private static Backend vectors() {
    return new JavaBackend("java-vector-" + Vectors.bits(), new VectorProducts(), VectorPages::of);
  }

  /// Its classes are not touched where the module is not.
  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && Vectors.fit();
  }
}
