package engram.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/// Clients that ask their next question as soon as the last one is answered.
final class Load {
  private static final int WARM_UP_ROUNDS_MAX = 25;

  /// So many rounds without a twentieth more than the best before: the compiler has settled.
  private static final int STEADY_ROUNDS = 3;

  private Load() {}

  record Round(double perSecond, double p50Millis, double p95Millis, double p99Millis) {}

  interface Client extends AutoCloseable {
    void search(int query) throws IOException;

    @Override
    default void close() throws IOException {}
  }

  interface Clients {
    Client connect() throws IOException;
  }

  /// Over HTTP, one kept connection for each client.
  ///
  /// @param headers further ones, each with its line's end
  static Clients http(String url, String key, String path, String headers, List<byte[]> bodies) {
    return () -> {
      RawHttp http = new RawHttp(url, key, headers);
      return new Client() {
        @Override
        public void search(int query) throws IOException {
          http.post(path, bodies.get(query));
        }

        @Override
        public void close() throws IOException {
          http.close();
        }
      };
    };
  }

  /// Searches until there is no gain in going on: a fully loaded small machine leaves the compiler
  /// little time, and what it has not come to yet says nothing of the server.
  ///
  /// @return how many rounds it took
  static int warmUp(Clients clients, int count, int queries, Duration length) {
    double best = 0;
    int steady = 0;
    int rounds = 0;
    while (steady < STEADY_ROUNDS && rounds < WARM_UP_ROUNDS_MAX) {
      double reached = round(clients, count, queries, length).perSecond();
      steady = reached > best * 1.05 ? 0 : steady + 1;
      best = Math.max(best, reached);
      rounds++;
    }
    return rounds;
  }

  /// @param count of clients
  /// @param queries of which each client begins elsewhere
  static Round round(Clients clients, int count, int queries, Duration length) {
    AtomicLong searches = new AtomicLong();
    List<Double> millis = Collections.synchronizedList(new ArrayList<>());
    long begin = System.nanoTime();
    long end = begin + length.toNanos();
    together(
        count,
        client -> {
          List<Double> own = new ArrayList<>();
          try (Client connection = clients.connect()) {
            int offset = client * (queries / count);
            for (int query = offset; System.nanoTime() < end; query = (query + 1) % queries) {
              long start = System.nanoTime();
              connection.search(query);
              own.add((System.nanoTime() - start) / 1e6);
              searches.incrementAndGet();
            }
          }
          millis.addAll(own);
        });
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Round(
        searches.get() / seconds,
        Stats.median(millis),
        Stats.quantile(millis, 0.95),
        Stats.quantile(millis, 0.99));
  }

  /// What came of requests that are due at fixed times, whatever became of the ones before.
  ///
  /// @param share answered within the deadline, counted from when they were due
  record Offered(double perSecond, double share, double p50Millis, double p99Millis) {}

  /// An open loop: who answers slowly is not spared the next request. One that is not sent when its
  /// deadline is over is not answered in time.
  ///
  /// @param count of connections
  static Offered offered(
      Clients clients,
      int count,
      int queries,
      double perSecond,
      Duration length,
      Duration deadline) {
    long due = Math.max(1, Math.round(perSecond * length.toMillis() / 1e3));
    AtomicLong next = new AtomicLong();
    AtomicLong inTime = new AtomicLong();
    List<Double> millis = Collections.synchronizedList(new ArrayList<>());
    long begin = System.nanoTime();
    together(
        count,
        client -> {
          try (Client connection = clients.connect()) {
            for (long ticket = next.getAndIncrement();
                ticket < due;
                ticket = next.getAndIncrement()) {
              long dueAt = begin + (long) (ticket / perSecond * 1e9);
              Pause.until(dueAt);
              if (System.nanoTime() - dueAt > deadline.toNanos()) {
                continue;
              }
              connection.search((int) (ticket % queries));
              long took = System.nanoTime() - dueAt;
              millis.add(took / 1e6);
              inTime.addAndGet(took <= deadline.toNanos() ? 1 : 0);
            }
          }
        });
    return new Offered(
        perSecond, (double) inTime.get() / due, Stats.median(millis), Stats.quantile(millis, 0.99));
  }

  private interface Work {
    void run(int client) throws IOException;
  }

  private static void together(int count, Work work) {
    List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int client = 0; client < count; client++) {
      int number = client;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  work.run(number);
                } catch (IOException | IllegalStateException failure) {
                  failures.add(failure);
                }
              }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(interrupted);
      }
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("a search failed", failures.getFirst());
    }
  }

  static double median(List<Round> rounds, ToDoubleFunction<Round> what) {
    return Stats.median(rounds.stream().map(what::applyAsDouble).toList());
  }
}
