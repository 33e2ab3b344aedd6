package engram.api.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Loads models that somebody wants in memory before they are asked, and remembers why one could
/// not be loaded.
///
/// Threads: any.
@Component
public class ModelLoads {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoads.class);

  private final EngineModels models;
  private final Set<String> underWay = new HashSet<>();
  private final Map<String, String> failures = new HashMap<>();

  ModelLoads(EngineModels models) {
    this.models = models;
  }

  /// Told how a load ended, by the thread that loads.
  @FunctionalInterface
  public interface Ending {
    /// @param failure null where the model is loaded
    void told(@Nullable String failure);
  }

  /// Begins to load a model, and returns at once; a load that is under way goes on.
  ///
  /// @param ending told once; of a load that is under way only the first is told
  public synchronized void start(String name, Ending ending) {
    if (underWay.add(name)) {
      failures.remove(name);
      Thread.ofVirtual().name("load " + name).start(() -> load(name, ending));
    }
  }

  private void load(String name, Ending ending) {
    String failure = null;
    try {
      models.with(name).load(name);
    } catch (InterruptedException e) {
      failure = "It was interrupted.";
    } catch (RuntimeException e) {
      LOG.warn("the model {} could not be loaded", name, e);
      failure = reason(e);
    }
    try {
      ending.told(failure);
    } finally {
      ended(name, failure);
    }
  }

  private synchronized void ended(String name, @Nullable String failure) {
    underWay.remove(name);
    if (failure != null) {
      failures.put(name, failure);
    }
  }

  private static String reason(Throwable failure) {
    Throwable deepest = failure;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String message = deepest.getMessage();
    return message == null ? deepest.getClass().getSimpleName() : message;
  }

  public synchronized boolean isUnderWay(String name) {
    return underWay.contains(name);
  }

  /// Why it could not be loaded when somebody wanted that last.
  public synchronized @Nullable String failure(String name) {
    return failures.get(name);
  }

  public synchronized void forget(String name) {
    failures.remove(name);
  }
}
