package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import engram.system.Api;
import engram.system.PublicData;
import engram.system.RunningServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The report of how well search finds.
public final class Retrieval {
  private static final List<String> CLASSIC =
      List.of("cranfield", "cisi", "med", "npl", "adi", "scifact");
  private static final List<String> LANGUAGES =
      List.of("en", "es", "de", "el", "ru", "tr", "ar", "vi", "zh");
  private static final long SEED = 7;

  private final Report report;
  private final Set<String> only;

  private Retrieval(Report report, Set<String> only) {
    this.report = report;
    this.only = only;
  }

  /// @param arguments `--out FOLDER`, `--only name,name` (then nothing is written)
  public static void main(String[] arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      options.put(arguments[index], arguments[index + 1]);
    }
    Set<String> only =
        options.containsKey("--only") ? Set.of(options.get("--only").split(",")) : Set.of();
    Report report = new Report("How well search finds", "bench/retrieval");
    new Retrieval(report, only).run();
    if (only.isEmpty()) {
      report.write(Path.of(options.getOrDefault("--out", "docs/benchmarks")), "retrieval");
    }
  }

  private void run() {
    try (RunningServer server = RunningServer.start()) {
      classic(server);
      languages(server);
      hops(server);
      banking(server);
      chunkers(server);
      answers(server.admin());
      attacks(server.admin());
    }
    hybrid();
    seeding();
    figures(
        "injection",
        "attack-bipia",
        "Instructions in documents",
        InjectionMeasurement::of,
        "Attacks of BIPIA spliced into texts; whole categories are held out. Clean text is SQuAD,"
            + " XQuAD, books and the banking documents.");
    figures(
        "support",
        "ir-scifact",
        "The support check",
        SupportMeasurement::of,
        "Whether the check takes a claim as carried by a text: SciFact's labelled pairs, and"
            + " sentences of SQuAD. The held-out half.");
    figures(
        "poison",
        "attack-poisonedrag",
        "Poisoned documents",
        PoisonMeasurement::of,
        "How often at least one planted passage of PoisonedRAG reaches the packed context.");
  }

  private void answers(Api api) {
    figures(
        "answers",
        "qa-squad2",
        "Citations of quoted answers",
        data -> CitedAnswers.of(data, api),
        "An evaluation with answers, without a model, of questions about SQuAD 2.0's held-out articles,"
            + " each paragraph one document: precision is the share of the citations that point into"
            + " the question's paragraph, recall the share of the questions whose paragraph is cited,"
            + " answer_sentence_hit how often a cited sentence holds a gold answer; an answer that is"
            + " refused cites nothing. With 95 % bootstrap intervals.");
  }

  /// Poison and instructions on the way that they would take.
  private void attacks(Api api) {
    figures(
        "injection-engram",
        "attack-bipia",
        "Instructions in documents, through the server",
        data -> InjectionMeasurement.throughServer(data, api),
        "E-mails with an attack of BIPIA's held-out categories in each, ingested and asked about over"
            + " HTTP: how many are packed for their question, and how many of those the reply flags.");
    figures(
        "poison-engram",
        "attack-poisonedrag",
        "Poisoned documents, through the server",
        data -> PoisonMeasurement.throughServer(data, api),
        "The same corpus as below, found by Engram's own search and packed with its defaults.");
  }

  /// Measurements that are a list of figures.
  private void figures(
      String name,
      String data,
      String heading,
      Function<Path, Map<String, Object>> measure,
      String how) {
    if (!chosen(name)) {
      return;
    }
    Optional<Path> folder = PublicData.find(data);
    if (folder.isEmpty()) {
      report.value(name, "data absent");
      report.section(heading, "The public data are absent: not measured.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("figure", "value"));
    measure
        .apply(folder.get().toAbsolutePath().getParent())
        .forEach((key, value) -> {
          report.value(key, value);
          rows.add(List.of(key, value.toString()));
        });
    report.section(heading, how + "\n\n" + Report.table(rows));
  }

  private boolean chosen(String name) {
    return only.isEmpty() || only.contains(name);
  }

  /// Loads a set, measures, and takes it out again; says so where its data are absent.
  private void with(
      RunningServer server,
      String data,
      String name,
      Function<Path, JudgedCorpus> read,
      Measurement measurement) {
    if (chosen(name) && !load(server, data, read, measurement)) {
      report.value(name, "data absent");
    }
  }

  /// @return whether the data are there
  private static boolean load(
      RunningServer server,
      String data,
      Function<Path, JudgedCorpus> read,
      Measurement measurement) {
    Optional<Path> folder = PublicData.find(data);
    if (folder.isEmpty()) {
      return false;
    }
    JudgedCorpus corpus = read.apply(folder.get());
    System.out.printf(
        "%s: %d texts, %d queries%n",
        corpus.name(), corpus.texts().size(), corpus.queries().size());
    LoadedCorpus loaded = LoadedCorpus.load(server.admin(), corpus);
    measurement.of(loaded, corpus);
    loaded.delete();
    return true;
  }

  private interface Measurement {
    void of(LoadedCorpus loaded, JudgedCorpus corpus);
  }

  private void classic(RunningServer server) {
    RelevanceMeasurement relevance = new RelevanceMeasurement(server);
    for (String name : CLASSIC) {
      with(
          server,
          "ir-" + name,
          name,
          folder -> JudgedCorpus.beir(name, folder),
          (loaded, corpus) -> relevance.measure(report, loaded, corpus));
    }
    relevance.report(report);
  }

  private void chunkers(RunningServer server) {
    if (chosen("chunkers")) {
      PublicData.find("qa-squad2")
          .ifPresentOrElse(
              folder -> ChunkerMeasurement.measure(report, server.admin(), folder),
              () -> report.value("chunkers", "data absent"));
    }
  }

  private void seeding() {
    if (!chosen("seeding")) {
      return;
    }
    List<JudgedCorpus> corpora = new ArrayList<>();
    for (String name : CLASSIC) {
      PublicData.find("ir-" + name)
          .ifPresent(folder -> corpora.add(JudgedCorpus.beir(name, folder)));
    }
    if (corpora.isEmpty()) {
      report.value("seeding", "data absent");
    } else {
      SeedingMeasurement.measure(report, corpora);
    }
  }

  private void hybrid() {
    if (!chosen("hybrid")) {
      return;
    }
    try (MiniLm model = new MiniLm();
        VectorServer vectors = new VectorServer(model::of);
        RunningServer server =
            RunningServer.start(
                Folders.temporary("hybrid"),
                List.of("--add-modules=jdk.incubator.vector"),
                vectors.settings())) {
      HybridMeasurement hybrid = new HybridMeasurement(server);
      for (String name : CLASSIC) {
        load(server, "ir-" + name, folder -> JudgedCorpus.beir(name, folder), hybrid::measure);
      }
      hybrid.report(report);
    }
  }

  private void languages(RunningServer server) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("language", "questions", "bare BM25", "hit@1", "gain (95 % interval)"));
    List<double[]> gains = new ArrayList<>();
    Map<String, Object> values = new LinkedHashMap<>();
    for (String language : LANGUAGES) {
      with(
          server,
          "qa-xquad",
          "xquad-" + language,
          folder -> JudgedCorpus.xquad(language, folder),
          (loaded, corpus) -> {
            List<Query> reported = corpus.reported();
            double floor = -1;
            double[] best = {};
            for (BareRanking bare : BareRanking.both(corpus)) {
              List<List<String>> ranked =
                  reported.stream().map(query -> bare.rank(query.text(), 1)).toList();
              double[] found = RelevanceMeasurement.values(reported, ranked, g -> g.success(1));
              if (PairedStatistics.mean(found) > floor) {
                floor = PairedStatistics.mean(found);
                best = found;
              }
            }
            double[] found =
                RelevanceMeasurement.values(
                    reported, loaded.rank(reported, Map.of()), g -> g.success(1));
            double hit = PairedStatistics.mean(found);
            double[] gain = RelevanceMeasurement.minus(found, best);
            gains.add(gain);
            values.put(
                language,
                Map.of(
                    "hit1", RelevanceMeasurement.rounded(hit),
                    "floor_hit1", RelevanceMeasurement.rounded(floor)));
            rows.add(
                List.of(
                    language,
                    Integer.toString(reported.size()),
                    Report.number(floor),
                    Report.number(hit),
                    RelevanceMeasurement.gain(
                        hit - floor, PairedStatistics.bootstrap(gain, 0.95, SEED))));
            System.out.println(rows.getLast());
          });
    }
    if (rows.size() > 1) {
      report.value("xquad", values);
      double mean = RelevanceMeasurement.meanOfSets(gains);
      PairedStatistics.Interval interval = RelevanceMeasurement.overSets(gains);
      report.value("xquad_mean_gain", mean);
      report.value("xquad_mean_gain_ci_low", interval.low());
      report.value("xquad_mean_gain_ci_high", interval.high());
      report.section(
          "XQuAD, the question's paragraph first",
          Report.table(rows)
              + "\nBare BM25 is the better of Lucene's StandardAnalyzer and the language's own (for"
              + " Vietnamese the English one, Lucene having none), chosen on the reported half."
              + " Every second question is reported. Mean gain over the languages: "
              + RelevanceMeasurement.gain(mean, interval)
              + ".");
    }
  }

  private void hops(RunningServer server) {
    HopMeasurement hops = new HopMeasurement(report);
    with(server, "qa-multihop", "musique", JudgedCorpus::musique, hops::measure);
    with(server, "qa-multihop", "hotpotqa", JudgedCorpus::hotpot, hops::measure);
    hops.report();
  }

  private void banking(RunningServer server) {
    with(
        server,
        "rag-tau2-banking",
        "tau2-banking",
        JudgedCorpus::tau2,
        (loaded, corpus) -> {
          List<Query> reported = corpus.reported();
          double floor = 0;
          for (BareRanking bare : BareRanking.both(corpus)) {
            List<List<String>> ranked =
                reported.stream().map(query -> bare.rank(query.text(), 10)).toList();
            floor = Math.max(floor, RelevanceMeasurement.mean(reported, ranked, g -> g.recall(10)));
          }
          double recall =
              RelevanceMeasurement.mean(
                  reported, loaded.rank(reported, Map.of()), g -> g.recall(10));
          report.value("tau2_r10", recall);
          report.value("tau2_r10_bare", floor);
          report.section(
              "tau2 banking, required documents",
              Report.table(
                  List.of(
                      List.of("tasks", "bare BM25, recall@10", "recall@10"),
                      List.of(
                          Integer.toString(reported.size()),
                          Report.number(floor),
                          Report.number(recall)))));
        });
  }
}
