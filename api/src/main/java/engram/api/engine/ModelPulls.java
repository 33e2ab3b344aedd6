package engram.api.engine;

import engram.inference.hub.HubException;
import engram.inference.hub.ModelManifest;
import engram.inference.hub.ModelName;
import engram.inference.hub.Models;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Models on their way from the hub into the models folder of this server.
///
/// They live as long as the process: files are one machine's own, and a pull that is asked for
/// again goes on where the one before broke.
///
/// Threads: any; each pull has one of its own, and few run at once.
@Component
public class ModelPulls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPulls.class);
  private static final int AT_ONCE = 2;
  private static final int UNFINISHED_MAX = 20;
  private static final int SHOWN_MAX = 50;

  /// How a pull stands.
  public enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    public boolean isEnd() {
      return this != WAITING && this != RUNNING;
    }
  }

  /// A pull.
  ///
  /// @param file that is being fetched
  /// @param totalBytes 0 until the hub has said
  /// @param failure one sentence where it failed
  public record Pull(
      String model,
      State state,
      @Nullable String file,
      long doneBytes,
      long totalBytes,
      @Nullable String failure,
      Instant startedAt,
      @Nullable Instant endedAt) {
    private Pull at(String newFile, long done, long total) {
      return new Pull(model, State.RUNNING, newFile, done, total, null, startedAt, null);
    }

    private Pull ended(State how, @Nullable String why, Instant when) {
      return new Pull(model, how, null, doneBytes, totalBytes, why, startedAt, when);
    }
  }

  private static final class Run {
    Pull pull;
    @Nullable Thread thread;

    Run(Pull pull) {
      this.pull = pull;
    }
  }

  private final EngineModels models;
  private final HubConnection hub;
  private final Clock clock = Clock.systemUTC();
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final Map<String, Run> runs = new LinkedHashMap<>();
  private boolean closed;

  ModelPulls(EngineModels models, HubConnection hub) {
    this.models = models;
    this.hub = hub;
  }

  /// Where models come from, for those who are asked to fetch some.
  public String source() {
    return hub.settings().baseUrl().toString();
  }

  /// Latest first.
  public synchronized List<Pull> all() {
    List<Pull> all = new ArrayList<>();
    runs.values().forEach(run -> all.add(run.pull));
    return all.reversed();
  }

  /// Begins to fetch a model; one that is being fetched goes on.
  ///
  /// @param ended told once, by the pull's thread
  /// @throws IllegalStateException if too many wait
  public synchronized Pull start(ModelName name, Consumer<Pull> ended) {
    String model = name.toString();
    Run known = runs.get(model);
    if (known != null && !known.pull.state().isEnd()) {
      return known.pull;
    }
    long unfinished = runs.values().stream().filter(run -> !run.pull.state().isEnd()).count();
    if (closed || unfinished >= UNFINISHED_MAX) {
      throw new IllegalStateException(
          closed ? "The server stops." : UNFINISHED_MAX + " models are being fetched already.");
    }
    // Removed first, so that it is the latest.
    runs.remove(model);
    Run run = new Run(new Pull(model, State.WAITING, null, 0, 0, null, clock.instant(), null));
    runs.put(model, run);
    forgetOld();
    run.thread = Thread.ofVirtual().name("pull " + model).start(() -> ended.accept(run(run, name)));
    return run.pull;
  }

  private void forgetOld() {
    var oldest = runs.values().iterator();
    while (runs.size() > SHOWN_MAX && oldest.hasNext()) {
      if (oldest.next().pull.state().isEnd()) {
        oldest.remove();
      }
    }
  }

  private Pull run(Run run, ModelName name) {
    try {
      places.acquire();
      try {
        ModelManifest manifest =
            new Models(models.folder(), clock)
                .pull(
                    name,
                    hub.settings(),
                    (file, done, total) -> set(run, run.pull.at(file, done, total)));
        models.changed(run.pull.model());
        set(run, run.pull.at("", manifest.bytes(), manifest.bytes()));
        return end(run, State.DONE, null);
      } finally {
        places.release();
      }
    } catch (InterruptedException cancelled) {
      return end(run, State.CANCELLED, null);
    } catch (HubException failure) {
      return end(run, State.FAILED, failure.getMessage());
    } catch (RuntimeException failure) {
      LOG.warn("the model {} could not be pulled", name, failure);
      return end(run, State.FAILED, "This server's log has the reason.");
    }
  }

  private synchronized void set(Run run, Pull pull) {
    run.pull = pull;
  }

  private synchronized Pull end(Run run, State state, @Nullable String why) {
    run.pull = run.pull.ended(state, why, clock.instant());
    return run.pull;
  }

  /// Ends a pull; what has arrived stays for the next one.
  ///
  /// @return false if it is not under way
  public synchronized boolean cancel(String model) {
    Run run = runs.get(model);
    if (run == null || run.thread == null || run.pull.state().isEnd()) {
      return false;
    }
    run.thread.interrupt();
    return true;
  }

  @Override
  public synchronized void close() {
    closed = true;
    runs.keySet().forEach(this::cancel);
  }
}
