package engram.bench;

import engram.bench.Load.Clients;
import engram.bench.Load.Round;
import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import engram.bench.SpeedQueries.Kind;
import engram.bench.SpeedQueries.Query;
import engram.bench.SpeedQueries.RunningCollection;
import engram.system.Resident;
import engram.system.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import tools.jackson.databind.JsonNode;

/// The report of how fast search finds among up to a million chunks.
public final class RetrievalSpeed {
  private static final int ROUND_SECONDS = 10;

  /// Several of these follow each other, in which each query is asked once at least: pages of the
  /// index that nobody has asked for are on the disk.
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  private static final int ROUNDS = 3;
  private static final int CLIENTS = 4;
  private static final int RECALL_QUERIES = 300;
  private static final Share READER = Share.HALF;
  private static final Duration SETTLING_MAX = Duration.ofHours(2);
  private static final int RESTING_SECONDS = 50;

  private final Report report;
  private final List<Integer> sizes;
  private final Duration length;
  private final SpeedFolder folder;
  private final SpeedCorpus corpus = SpeedCorpus.load();
  private final SentenceVectors model;
  private final List<Alone> growth = new ArrayList<>();
  private final List<List<String>> built = new ArrayList<>();

  /// One client's searches at one size.
  private record Alone(int chunks, Round words, Round vectors, Round both) {}

  /// @param length of a round
  /// @param folder of what is built for the largest size
  private RetrievalSpeed(
      Report report, MiniLm model, List<Integer> sizes, Duration length, SpeedFolder folder) {
    this.report = report;
    this.model = new SentenceVectors(model, corpus.sources(), Path.of("bench", "target"));
    this.sizes = sizes;
    this.length = length;
    this.folder = folder;
  }

  /// @param arguments `--out FOLDER`, `--sizes 10000,100000,1000000`, `--seconds 10` of a round
  ///   (others than these write nothing without a folder), `--data FOLDER` that is kept
  public static void main(String[] arguments) throws IOException, SQLException {
    Map<String, String> options = new LinkedHashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      options.put(arguments[index], arguments[index + 1]);
    }
    String whole = "10000,100000,1000000";
    String sizes = options.getOrDefault("--sizes", whole);
    int seconds =
        Integer.parseInt(options.getOrDefault("--seconds", Integer.toString(ROUND_SECONDS)));
    Report report = new Report("How fast search finds", "bench/retrieval-speed");
    try (MiniLm model = new MiniLm()) {
      List<Integer> counts = Arrays.stream(sizes.split(",")).map(Integer::valueOf).toList();
      String kept = options.get("--data");
      SpeedFolder folder =
          new SpeedFolder(kept == null ? Folders.temporary("speed-large") : Path.of(kept));
      new RetrievalSpeed(report, model, counts, Duration.ofSeconds(seconds), folder).run();
    }
    boolean all = sizes.equals(whole) && seconds == ROUND_SECONDS;
    if (all || options.containsKey("--out")) {
      Path folder = Path.of(options.getOrDefault("--out", "docs/benchmarks"));
      report.write(folder, "retrieval-speed");
    }
  }

  private void run() throws IOException, SQLException {
    report.section(
        "What is searched",
        """
        Passages of about 90 words: sentences from two places that lie near each other in one of %d \
        public texts (books, Cranfield, CISI, MED, NPL, SciFact, MuSiQue, HotpotQA, tau2; %,d \
        sentences), 500 to a document, cut by the server into chunks of at most 200 tokens. Vectors of \
        384 numbers by all-MiniLM-L6-v2, of a chunk the mean of its sentences', over HTTP from a \
        model server that has them ready, those of the queries too: the model's own time is in no \
        row, here or of the peers. A query is five words of a chunk and one of another. The reader \
        may read every second document.\
        """
            .formatted(corpus.sources().size(), corpus.sentenceCount()));
    try (VectorServer vectors = new VectorServer(model::of)) {
      if (sizes.size() > 1) {
        try (RunningServer server = start(Folders.temporary("speed"), vectors)) {
          SpeedChunks grown = new SpeedChunks(server.admin(), corpus);
          for (int size : sizes.subList(0, sizes.size() - 1)) {
            Duration took = grown.growTo(size);
            SpeedQueries queries = queries(server, grown);
            sized(server, grown.chunks().size(), took, settle(server));
            growth.add(alone(grown.chunks().size(), queries));
          }
        }
      }
      try (RunningServer server = start(folder.server(), vectors)) {
        SpeedChunks grown = filled(server, sizes.getLast());
        SpeedQueries queries = queries(server, grown);
        growth.add(alone(grown.chunks().size(), queries));
        growthReport();
        full(grown.chunks(), queries);
      }
    }
  }

  private static RunningServer start(Path data, VectorServer vectors) {
    List<String> jvm = List.of("-Xmx2g", "--add-modules=jdk.incubator.vector");
    return RunningServer.start(data, jvm, vectors.settings());
  }

  private SpeedQueries queries(RunningServer server, SpeedChunks grown) {
    RunningCollection place =
        new RunningCollection(server.url(), server.adminKey(), grown.collection());
    SpeedQueries queries = SpeedQueries.of(place, corpus, grown.chunks());
    queries.all().parallelStream().forEach(query -> model.of(query.text()));
    return queries;
  }

  private SpeedChunks filled(RunningServer server, int size) {
    SpeedFolder.Built built = folder.built();
    if (built == null) {
      SpeedChunks grown = new SpeedChunks(server.admin(), corpus);
      Duration took = grown.growTo(size);
      Duration settled = settle(server);
      built =
          new SpeedFolder.Built(
              grown.collection(), grown.documents(), took.toMillis(), settled.toMillis());
      folder.keep(built);
      sized(server, grown.chunks().size(), took, settled);
      report.value("build_s", built.seconds());
      return grown;
    }
    SpeedChunks kept =
        SpeedChunks.kept(server.admin(), corpus, built.collection(), built.documents());
    settle(server);
    sized(
        server,
        kept.chunks().size(),
        Duration.ofMillis(built.millisAdded()),
        Duration.ofMillis(built.millisMerged()));
    report.value("build_s", built.seconds());
    return kept;
  }

  /// Waits until merges have ended: the process rests for longer than the largest merge waits.
  ///
  /// @return the time until it came to rest
  private static Duration settle(RunningServer server) {
    long begin = System.nanoTime();
    long lastBusy = begin;
    int resting = 0;
    Duration before = cpu(server);
    while (resting < RESTING_SECONDS && System.nanoTime() - begin < SETTLING_MAX.toNanos()) {
      Pause.forSeconds(Duration.ofSeconds(1));
      Duration now = cpu(server);
      resting = now.minus(before).toMillis() < 150 ? resting + 1 : 0;
      lastBusy = resting == 0 ? System.nanoTime() : lastBusy;
      before = now;
    }
    return Duration.ofNanos(lastBusy - begin);
  }

  private static Duration cpu(RunningServer server) {
    return server.process().toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private void sized(RunningServer server, int chunks, Duration took, Duration settled) {
    JsonNode index = server.admin().get("/api/index").path("index");
    double vectors = megabytes(index.path("vector_bytes").asLong());
    report.value("vector_ram_mb", vectors);
    report.value("index_mb", megabytes(index.path("bytes").asLong()));
    double resident = megabytes(Resident.of(server.process().toHandle()));
    report.value("server_resident_mb", resident);
    built.add(
        List.of(
            "%,d".formatted(chunks),
            Report.number(took.toMillis() / 1e3),
            Report.number(settled.toMillis() / 1e3),
            Report.number(megabytes(index.path("bytes").asLong())),
            Report.number(vectors),
            Report.number(resident),
            Report.number(megabytes(Resident.ofAll(server)))));
    System.out.println(built.getLast());
  }

  private static double megabytes(long bytes) {
    return bytes / 1e6;
  }

  private Alone alone(int chunks, SpeedQueries queries) {
    return new Alone(
        chunks,
        alone(queries, Kind.WORDS),
        alone(queries, Kind.VECTORS),
        alone(queries, Kind.BOTH));
  }

  private Round alone(SpeedQueries queries, Kind kind) {
    Clients clients = queries.clients(kind, READER);
    Load.warmUp(clients, CLIENTS, SpeedQueries.COUNT, WARM_UP);
    Round round = Load.round(clients, 1, SpeedQueries.COUNT, length);
    System.out.println(kind + " " + round);
    return round;
  }

  private void growthReport() {
    built.addFirst(
        List.of(
            "chunks",
            "added and searchable, s",
            "merged, s",
            "index, MB",
            "vectors and graph, MB",
            "server resident, MB",
            "with its database, MB"));
    report.section(
        "Building",
        Report.table(built)
            + "\nTimes are of what was added since the row above, but for the last: it was built in a"
            + " server of its own. Merged is when the process came to rest. Resident memory counts"
            + " files that are mapped.");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("chunks", "words, median ms", "vectors, median ms", "both, median ms"));
    for (Alone alone : growth) {
      rows.add(
          List.of(
              "%,d".formatted(alone.chunks()),
              Report.number(alone.words().p50Millis()),
              Report.number(alone.vectors().p50Millis()),
              Report.number(alone.both().p50Millis())));
    }
    double first = growth.getFirst().both().p50Millis();
    double last = growth.getLast().both().p50Millis();
    report.value("latency_growth_10k_to_1m", last / first);
    report.section(
        "Growth, one client",
        Report.table(rows)
            + "\nThe last over the first: "
            + Report.number(last / first)
            + ". Aim: below 4.");
  }

  private void full(List<Chunk> chunks, SpeedQueries queries) throws IOException, SQLException {
    clients(chunks.size(), queries);
    float[][] vectors = new float[chunks.size()][];
    IntStream.range(0, vectors.length)
        .parallel()
        .forEach(at -> vectors[at] = model.of(chunks.get(at).embedded()));
    List<Query> asked = queries.all().subList(0, RECALL_QUERIES);
    List<Map<Share, Set<Long>>> nearest =
        new ExactNearest(chunks, vectors)
            .of(asked.stream().map(query -> model.of(query.text())).toList(), 10);
    filtered(queries, asked, nearest);
    BareHybrid bare = bare(chunks, vectors);
    walks(bare, chunks, asked, nearest);
    try (PostgresText postgres = postgres(chunks)) {
      new SpeedPeers(report, chunks, queries, bare, postgres, READER)
          .measure(CLIENTS, ROUNDS, length);
    }
  }

  private BareHybrid bare(List<Chunk> chunks, float[][] vectors) throws IOException {
    Double seconds = folder.secondsOf("bare");
    BareHybrid bare;
    if (seconds == null) {
      long begin = System.nanoTime();
      bare = BareHybrid.build(folder.bare(), chunks, vectors, model);
      seconds = (System.nanoTime() - begin) / 1e9;
      folder.keep("bare", seconds);
    } else {
      bare = BareHybrid.open(folder.bare(), model);
    }
    System.out.printf("bare Lucene built in %.0f s%n", seconds);
    report.value("lucene_build_s", seconds);
    report.value("lucene_index_mb", megabytes(bare.bytes()));
    return bare;
  }

  private PostgresText postgres(List<Chunk> chunks) throws SQLException {
    PostgresText postgres = new PostgresText(folder.postgres());
    Double seconds = folder.secondsOf("postgresql");
    if (seconds == null) {
      long begin = System.nanoTime();
      postgres.fill(chunks);
      seconds = (System.nanoTime() - begin) / 1e9;
      folder.keep("postgresql", seconds);
    }
    System.out.printf("PostgreSQL loaded in %.0f s%n", seconds);
    report.value("postgresql_build_s", seconds);
    return postgres;
  }

  private void clients(int chunks, SpeedQueries queries) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("by", "clients", "searches/s", "p50 ms", "p95 ms", "p99 ms"));
    for (Kind kind : Kind.values()) {
      for (int count : List.of(1, 4, 16)) {
        Clients clients = queries.clients(kind, READER);
        Load.round(clients, count, SpeedQueries.COUNT, length);
        List<Round> rounds = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          rounds.add(Load.round(clients, count, SpeedQueries.COUNT, length));
        }
        double p95 = Load.median(rounds, Round::p95Millis);
        if (kind == Kind.BOTH && count == CLIENTS) {
          report.value("p95_ms_1m_4_clients", p95);
        }
        rows.add(
            List.of(
                kind.name().toLowerCase(java.util.Locale.ROOT),
                Integer.toString(count),
                Report.number(Load.median(rounds, Round::perSecond)),
                Report.number(Load.median(rounds, Round::p50Millis)),
                Report.number(p95),
                Report.number(Load.median(rounds, Round::p99Millis))));
        System.out.println(rows.getLast());
      }
    }
    report.value("chunks", chunks);
    report.section(
        "Over HTTP, %,d chunks".formatted(chunks),
        Report.table(rows)
            + "\nMedians of %d rounds of %d s; clients and server share the cores. Aim: p95 below 60 ms"
                .formatted(ROUNDS, length.toSeconds())
            + " by both at 4 clients.");
  }

  /// How many of the ten nearest are found under each permission.
  private void filtered(
      SpeedQueries queries, List<Query> asked, List<Map<Share, Set<Long>>> nearest) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("readable", "recall@10 of the exact ten nearest", "ms"));
    Map<String, Object> values = new LinkedHashMap<>();
    double least = 1;
    for (Share share : Share.values()) {
      double found = 0;
      double possible = 0;
      long begin = System.nanoTime();
      for (int i = 0; i < asked.size(); i++) {
        Set<Long> hits = queries.hits(asked.get(i), Kind.VECTORS, share);
        Set<Long> wanted = nearest.get(i).getOrDefault(share, Set.of());
        found += wanted.stream().filter(hits::contains).count();
        possible += wanted.size();
      }
      double millis = (System.nanoTime() - begin) / 1e6 / asked.size();
      if (possible > 0) {
        double recall = found / possible;
        least = Math.min(least, recall);
        String readable = Report.number(100.0 / share.everyNth) + " %";
        values.put(readable, Math.round(recall * 1e4) / 1e4);
        rows.add(List.of(readable, Report.number(recall), Report.number(millis)));
      }
    }
    report.value("recall10_filtered", values);
    report.value("recall10_filtered_min", least);
    report.section(
        "Vectors under permissions",
        Report.table(rows)
            + "\nOver HTTP by vectors alone, %d queries, against comparing all. Aim: at least 0.95."
                .formatted(asked.size()));
  }

  /// Both ways of Lucene's to walk where half is hidden, by whole vectors.
  private void walks(
      BareHybrid bare, List<Chunk> chunks, List<Query> asked, List<Map<Share, Set<Long>>> nearest)
      throws IOException {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("walk", "recall@10 of the exact ten nearest", "vectors compared"));
    Map<String, Object> values = new LinkedHashMap<>();
    for (boolean through : new boolean[] {false, true}) {
      KnnSearchStrategy strategy =
          through ? new KnnSearchStrategy.Hnsw(0) : KnnSearchStrategy.Hnsw.DEFAULT;
      double found = 0;
      double possible = 0;
      double compared = 0;
      for (int i = 0; i < asked.size(); i++) {
        BareHybrid.Walked walked = bare.byVectors(asked.get(i).text(), strategy);
        Set<Long> wanted = nearest.get(i).getOrDefault(Share.HALF, Set.of());
        found +=
            walked.chunks().stream().filter(at -> wanted.contains(chunks.get(at).id())).count();
        possible += wanted.size();
        compared += walked.compared();
      }
      String name = through ? "through what is hidden" : "around it by two steps (ACORN)";
      double recall = found / possible;
      double each = compared / asked.size();
      rows.add(List.of(name, Report.number(recall), Report.number(each)));
      values.put(through ? "through" : "acorn", Map.of("recall10", recall, "compared", each));
    }
    report.value("lucene_walks_half_hidden", values);
    report.section(
        "Walks where half is hidden, bare Lucene",
        Report.table(rows) + "\nEach for 256, by whole vectors, over the same questions.");
  }
}
