package engram.bench;

import engram.bench.Load.Client;
import engram.bench.Load.Clients;
import engram.bench.Load.Round;
import engram.bench.PostgresText.Joined;
import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import engram.bench.SpeedQueries.Kind;
import engram.bench.SpeedQueries.Query;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The server against bare Lucene and PostgreSQL's full text search, taking turns.
///
/// @param reader who asks
record SpeedPeers(
    Report report,
    List<Chunk> chunks,
    SpeedQueries queries,
    BareHybrid bare,
    PostgresText postgres,
    Share reader) {
  private static final int FOUND_QUERIES = 100;

  /// Recalls that differ by no more are equal.
  private static final double EQUAL = 0.02;

  private interface Finder {
    /// @return numbers of chunks
    Collection<Integer> find(String query) throws IOException;
  }

  /// Who is measured, and what was.
  private record Peer(String name, Clients clients, List<Round> rounds, double found) {
    Peer(String name, Clients clients, double found) {
      this(name, clients, new ArrayList<>(), found);
    }

    /// The median of the rounds' ratios.
    double throughputOver(Peer other) {
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < rounds.size(); round++) {
        ratios.add(rounds.get(round).perSecond() / other.rounds.get(round).perSecond());
      }
      return Stats.median(ratios);
    }

    List<String> row() {
      return List.of(
          name,
          Report.number(Load.median(rounds, Round::perSecond)),
          Report.number(Load.median(rounds, Round::p50Millis)),
          Report.number(Load.median(rounds, Round::p95Millis)),
          Report.number(found));
    }
  }

  void measure(int clients, int rounds, Duration length) throws IOException {
    Peer words = server("the server over HTTP, words", Kind.WORDS);
    Peer both = server("the server over HTTP, words and vectors", Kind.BOTH);
    Peer bareWords =
        new Peer(
            "bare Lucene, words", () -> query -> bare.byWords(text(query)), found(bare::byWords));
    Peer bareBoth =
        new Peer(
            "bare Lucene, words and vectors",
            () -> query -> bare.byBoth(text(query)),
            found(bare::byBoth));
    Peer any = postgres("PostgreSQL, any word", Joined.OR);
    Peer every = postgres("PostgreSQL, every word", Joined.AND);
    List<Peer> all = List.of(words, bareWords, any, every, both, bareBoth);
    for (int round = 0; round <= rounds; round++) {
      for (Peer peer : all) {
        Round reached = Load.round(peer.clients(), clients, SpeedQueries.COUNT, length);
        System.out.println(peer.name() + " " + reached);
        if (round > 0) { // the first is for the compiler and the caches
          peer.rounds().add(reached);
        }
      }
    }
    // Of the two ways to ask PostgreSQL the one that finds as much, or else the one that finds
    // more.
    boolean everyFindsAsMuch = every.found() >= words.found() - EQUAL;
    Peer text = everyFindsAsMuch || every.found() > any.found() ? every : any;
    report.value("throughput_vs_postgresql", words.throughputOver(text));
    report.value("throughput_vs_postgresql_peer", text.name());
    report.value("throughput_vs_lucene", both.throughputOver(bareBoth));
    report.value("throughput_vs_lucene_words", words.throughputOver(bareWords));
    String buffers = postgres.sharedBuffers();
    report.value("postgresql_shared_buffers", buffers);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("what", "searches/s", "p50 ms", "p95 ms", "its chunk among ten"));
    all.forEach(peer -> rows.add(peer.row()));
    report.section(
        "Against peers, %d clients".formatted(clients),
        Report.table(rows)
            + ("\nMedians of rounds in turns, the same chunks, queries and permission. Throughput over"
                    + " %s: %s, aim 3; over bare Lucene: %s by both, %s by words. PostgreSQL here has"
                    + " no pgvector, so it is compared by words; it has shared_buffers %s, and the"
                    + " system's cache as the others have.")
                .formatted(
                    text.name(),
                    Report.number(words.throughputOver(text)),
                    Report.number(both.throughputOver(bareBoth)),
                    Report.number(words.throughputOver(bareWords)),
                    buffers));
  }

  private Peer server(String name, Kind kind) {
    return new Peer(name, queries.clients(kind, reader), found(kind));
  }

  private Peer postgres(String name, Joined joined) throws IOException {
    try (PostgresText.Searches searches = postgres.searches()) {
      double found = found(query -> searches.best(query, joined));
      return new Peer(name, () -> postgresClient(joined), found);
    }
  }

  private String text(int query) {
    return queries.all().get(query).text();
  }

  private Client postgresClient(Joined joined) {
    PostgresText.Searches searches = postgres.searches();
    return new Client() {
      @Override
      public void search(int query) {
        searches.best(text(query), joined);
      }

      @Override
      public void close() {
        searches.close();
      }
    };
  }

  /// How often the chunk that a query was made from is among the ten hits.
  private double found(Kind kind) {
    int found = 0;
    for (Query query : queries.all().subList(0, FOUND_QUERIES)) {
      found += queries.hits(query, kind, reader).contains(chunks.get(query.target()).id()) ? 1 : 0;
    }
    return (double) found / FOUND_QUERIES;
  }

  private double found(Finder finder) throws IOException {
    int found = 0;
    for (Query query : queries.all().subList(0, FOUND_QUERIES)) {
      found += finder.find(query.text()).contains(query.target()) ? 1 : 0;
    }
    return (double) found / FOUND_QUERIES;
  }
}
