package engram.inference.schedule;

import engram.inference.EngineStatus.State;
import engram.inference.OverloadedException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Several models under one memory budget: each is loaded when it is first asked for, and those
/// that nobody uses go when another needs the room, the one that was not used for longest first.
///
/// Loading one does not hold up those that use others.
///
/// Threads: any.
public final class ModelPool<M extends AutoCloseable> implements AutoCloseable {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Entry<M>> entries = new LinkedHashMap<>();
  private long usedBytes;
  private int usesOfMore;
  private long clock;
  private boolean closed;

  /// How a model is loaded.
  ///
  /// @param bytes that it holds while it is loaded, its cache included
  public record Source<M>(long bytes, Loader<M> loader) {
    public Source {
      if (bytes < 1) {
        throw new IllegalArgumentException("bytes " + bytes + " < 1");
      }
    }
  }

  public interface Loader<M> {
    M load() throws Exception;
  }

  /// A model as it is now.
  ///
  /// @param model null unless it is loaded
  public record Seen<M>(String name, long bytes, State state, @Nullable M model) {}

  private static final class Entry<M> {
    Source<M> source;
    State state = State.ABSENT;
    @Nullable M model;
    int users;
    long usedAt;

    Entry(Source<M> source) {
      this.source = source;
    }
  }

  /// A model in use. It stays loaded until this is closed; closing twice is harmless.
  public final class Use implements AutoCloseable {
    private final Entry<M> entry;
    private final M model;
    private boolean ended;

    private Use(Entry<M> entry, M model) {
      this.entry = entry;
      this.model = model;
    }

    public M model() {
      return model;
    }

    /// Takes more of the memory than the model was loaded with, for one piece of work; who has some
    /// asks for no more.
    ///
    /// @throws OverloadedException if the models in use leave no room for it
    public More more(long bytes) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        requireOpen();
        while (usedBytes + bytes > bytesMax) {
          if (!unloadIdle("a text needs %d bytes".formatted(bytes))) {
            changed.await();
            requireOpen();
          }
        }
        usedBytes += bytes;
        usesOfMore++;
        return new More(bytes);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!ended) {
          ended = true;
          entry.users--;
          entry.usedAt = ++clock;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// Memory beside that of the models. Closing twice is harmless.
  public final class More implements AutoCloseable {
    private final long bytes;
    private boolean ended;

    private More(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!ended) {
          ended = true;
          usedBytes -= bytes;
          usesOfMore--;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  public ModelPool(long bytesMax, Map<String, Source<M>> sources) {
    this.bytesMax = bytesMax;
    sources.forEach(this::offer);
  }

  /// Adds a model, or says anew how one is loaded that is not.
  ///
  /// @throws IllegalArgumentException if it needs more than there is for all
  public void offer(String name, Source<M> source) {
    if (source.bytes > bytesMax) {
      throw new IllegalArgumentException(
          "model %s needs %d bytes, the budget is %d".formatted(name, source.bytes, bytesMax));
    }
    lock.lock();
    try {
      Entry<M> known = entries.get(name);
      if (known == null) {
        entries.put(name, new Entry<>(source));
      } else if (known.state == State.ABSENT) {
        known.source = source;
      }
    } finally {
      lock.unlock();
    }
  }

  /// The names of all models, loaded or not.
  public List<String> names() {
    return look().stream().map(Seen::name).toList();
  }

  /// All models as they are now.
  public List<Seen<M>> look() {
    lock.lock();
    try {
      return entries.entrySet().stream()
          .map(entry ->
              new Seen<>(
                  entry.getKey(),
                  entry.getValue().source.bytes,
                  entry.getValue().state,
                  entry.getValue().model))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /// Of all models that are loaded at the same time.
  public long bytesMax() {
    return bytesMax;
  }

  /// Uses a model, loading it if need be.
  ///
  /// @throws IllegalArgumentException if there is no such model
  /// @throws OverloadedException if the models in use leave no room for it
  /// @throws Exception what the loader threw; the next caller tries again
  public Use use(String name) throws Exception {
    lock.lockInterruptibly();
    try {
      Entry<M> entry = entry(name);
      while (true) {
        requireOpen();
        M model = entry.model;
        if (entry.state == State.LOADED && model != null) {
          entry.users++;
          return new Use(entry, model);
        }
        if (entry.state == State.ABSENT && usedBytes + entry.source.bytes <= bytesMax) {
          return load(entry);
        }
        if (entry.state != State.ABSENT
            || !unloadIdle("model %s needs %d bytes".formatted(name, entry.source.bytes))) {
          changed.await();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the models are closed");
    }
  }

  /// Unloads a model, once a load that is under way has ended.
  ///
  /// @return false if somebody uses it, and it stays
  /// @throws IllegalArgumentException if there is no such model
  public boolean unload(String name) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Entry<M> entry = entry(name);
      while (entry.state == State.LOADING || entry.state == State.UNLOADING) {
        changed.await();
      }
      if (entry.state == State.LOADED && entry.users == 0) {
        unload(entry);
      }
      return entry.state == State.ABSENT;
    } finally {
      lock.unlock();
    }
  }

  private Entry<M> entry(String name) {
    Entry<M> entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no model " + name + "; there are " + names());
    }
    return entry;
  }

  /// Unloads one model that nobody uses, after which all must be looked at anew, as the lock is
  /// open meanwhile. False if there is none, but memory that others hold for a time, or a model
  /// that is being loaded or unloaded.
  private boolean unloadIdle(String need) {
    Entry<M> idle =
        entries.values().stream()
            .filter(entry -> entry.state == State.LOADED && entry.users == 0)
            .min(Comparator.comparingLong(entry -> entry.usedAt))
            .orElse(null);
    if (idle != null) {
      unload(idle);
      return true;
    }
    boolean changing =
        usesOfMore > 0
            || entries.values().stream()
                .anyMatch(entry -> entry.state == State.LOADING || entry.state == State.UNLOADING);
    if (!changing) {
      throw new OverloadedException(
          OverloadedException.Scope.ENGINE,
          "%s; models in use leave %d of %d".formatted(need, bytesMax - usedBytes, bytesMax),
          RETRY);
    }
    return false;
  }

  private Use load(Entry<M> entry) throws Exception {
    entry.state = State.LOADING;
    usedBytes += entry.source.bytes;
    M model = null;
    lock.unlock();
    try {
      model = entry.source.loader.load();
    } finally {
      lock.lock();
      if (model == null) {
        entry.state = State.ABSENT;
        usedBytes -= entry.source.bytes;
      } else {
        entry.state = State.LOADED;
        entry.model = model;
        entry.users++;
      }
      changed.signalAll();
    }
    return new Use(entry, model);
  }

  private void unload(Entry<M> entry) {
    M model = entry.model;
    entry.state = State.UNLOADING;
    entry.model = null;
    lock.unlock();
    try {
      if (model != null) {
        model.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException("a model did not close", e);
    } finally {
      lock.lock();
      entry.state = State.ABSENT;
      usedBytes -= entry.source.bytes;
      changed.signalAll();
    }
  }

  /// Bytes of the models that are loaded, or about to be.
  public long usedBytes() {
    lock.lock();
    try {
      return usedBytes;
    } finally {
      lock.unlock();
    }
  }

  /// Unloads all, used or not, once loads under way are done.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      while (entries.values().stream().anyMatch(entry -> entry.state != State.ABSENT)) {
        Entry<M> loaded =
            entries.values().stream()
                .filter(entry -> entry.state == State.LOADED)
                .findFirst()
                .orElse(null);
        if (loaded == null) {
          changed.awaitUninterruptibly();
        } else {
          unload(loaded);
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
