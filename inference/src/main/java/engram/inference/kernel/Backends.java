package engram.inference.kernel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Chooses the backend, once.
public final class Backends {
  private static final Logger log = LoggerFactory.getLogger(Backends.class);

  /// What runs, and why not something better.
  ///
  /// @param reason empty where nothing better exists
  public record Choice(Backend backend, String reason) {}

  private static final Choice BEST = choose();

  private Backends() {}

  /// The same for the life of the process.
  public static Choice best() {
    return BEST;
  }

  /// The twins in plain Java: slow, and what the others are held against.
  public static Backend java() {
    return new JavaBackend();
  }

  private static Choice choose() {
    Choice choice = new Choice(new JavaBackend(), "");
    log.info("kernels: {}", choice.backend().name());
    return choice;
  }
}
