package engram.bench;

import engram.system.Api;
import engram.system.PublicData;
import engram.system.RunningServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.MMapDirectory;
import org.apache.tika.exception.TikaException;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.sax.BodyContentHandler;
import org.xml.sax.SAXException;

/// The same files by bare Tika and Lucene in one process, cut every 2,000 characters, and by the
/// server: upload, forked parser, structure, chunks, database, index. Both on all cores.
final class IngestMeasurement {
  private static final int BOOKS = 40;
  private static final int PARAGRAPHS = 400;
  private static final int CHUNK_CHARS = 2_000;
  private static final int ROUNDS = 3;

  private IngestMeasurement() {}

  @SuppressWarnings("ArrayRecordComponent") // read only, and never compared
  private record Input(String name, byte[] content) {}

  static void run(Report report) {
    List<Input> inputs = inputs();
    long bytes = inputs.stream().mapToLong(input -> input.content().length).sum();
    List<Double> bare = new ArrayList<>();
    List<Double> ours = new ArrayList<>();
    List<Double> again = new ArrayList<>();
    bare(inputs);
    try (RunningServer server = RunningServer.start()) {
      server(server, inputs, -1);
      for (int round = 0; round < ROUNDS; round++) {
        bare.add(bare(inputs));
        ours.add(server(server, inputs, round));
      }
      again.add(unchanged(server, inputs));
    }
    double ratio = Stats.median(bare) / Stats.median(ours);
    report.value("ingest_vs_bare_tika_lucene", ratio);
    report.value("ingest_seconds", Stats.median(ours));
    report.value("ingest_bare_seconds", Stats.median(bare));
    report.value("ingest_unchanged_seconds", Stats.median(again));
    report.section(
        "Ingestion",
        "%d files, %.1f MB: %d generated Markdown books%s.%n%n"
                .formatted(
                    inputs.size(),
                    bytes / 1e6,
                    BOOKS,
                    inputs.size() > BOOKS
                        ? " and the office, PDF, mail and web documents of the public sets"
                        : "")
            + Report.table(
                List.of(
                    List.of("what", "median s", "spread", "MB/s"),
                    List.of(
                        "floor: Tika and Lucene in one process, nothing stored",
                        Report.number(Stats.median(bare)),
                        Stats.spread(bare),
                        Report.number(bytes / 1e6 / Stats.median(bare))),
                    List.of(
                        "the server, until all is searchable",
                        Report.number(Stats.median(ours)),
                        Stats.spread(ours),
                        Report.number(bytes / 1e6 / Stats.median(ours))),
                    List.of(
                        "the server, the same files again",
                        Report.number(Stats.median(again)),
                        "",
                        Report.number(bytes / 1e6 / Stats.median(again)))))
            + "\nThe floor's speed reached: "
            + Report.number(ratio)
            + ".");
  }

  private static List<Input> inputs() {
    List<Input> inputs = new ArrayList<>();
    Corpus corpus = Corpus.load();
    for (int book = 0; book < BOOKS; book++) {
      inputs.add(
          new Input(
              "book" + book + ".md", corpus.document(PARAGRAPHS).getBytes(StandardCharsets.UTF_8)));
    }
    PublicData.find("docs-docling").ifPresent(folder -> inputs.addAll(documents(folder)));
    return inputs;
  }

  private static List<Input> documents(Path folder) {
    try (var files = Files.walk(folder)) {
      List<Input> inputs = new ArrayList<>();
      for (Path file :
          files
              .filter(path -> path.toString().contains("/sources/") && Files.isRegularFile(path))
              .sorted()
              .toList()) {
        inputs.add(new Input(file.getFileName().toString(), Files.readAllBytes(file)));
      }
      return inputs;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static double bare(List<Input> inputs) {
    Instant begin = Instant.now();
    AutoDetectParser parser = new AutoDetectParser();
    try (IndexWriter writer =
        new IndexWriter(
            new MMapDirectory(Folders.temporary("bare-ingest")),
            new IndexWriterConfig(new StandardAnalyzer()))) {
      inputs.parallelStream().forEach(input -> index(parser, writer, input));
      writer.commit();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return Duration.between(begin, Instant.now()).toMillis() / 1000.0;
  }

  private static void index(AutoDetectParser parser, IndexWriter writer, Input input) {
    Metadata metadata = new Metadata();
    metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, input.name());
    BodyContentHandler text = new BodyContentHandler(-1);
    try (InputStream content = org.apache.tika.io.TikaInputStream.get(input.content())) {
      parser.parse(content, text, metadata);
    } catch (TikaException | SAXException | IOException unreadable) {
      return;
    }
    String all = text.toString();
    try {
      for (int begin = 0; begin < all.length(); begin += CHUNK_CHARS) {
        writer.addDocument(
            BareSearch.document(
                begin, all.substring(begin, Math.min(all.length(), begin + CHUNK_CHARS))));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static double server(RunningServer server, List<Input> inputs, int round) {
    Api api = server.admin();
    String collection = api.createCollection("ingest" + round);
    Instant begin = Instant.now();
    List<String> ids = new ArrayList<>();
    for (Input input : inputs) {
      ids.add(api.upload(input.name(), salted(input, round)).path("id").asString());
    }
    api.post("/v1/vector_stores/" + collection + "/file_batches", Map.of("file_ids", ids));
    api.awaitIngested(collection, Duration.ofMinutes(20));
    return Duration.between(begin, Instant.now()).toMillis() / 1000.0;
  }

  /// Each round must be new to the server; trailing spaces change nothing else in text formats, and
  /// binary ones ignore bytes after their end.
  private static byte[] salted(Input input, int round) {
    byte[] salt = (" ".repeat(round + 2) + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] all = java.util.Arrays.copyOf(input.content(), input.content().length + salt.length);
    System.arraycopy(salt, 0, all, input.content().length, salt.length);
    return all;
  }

  private static double unchanged(RunningServer server, List<Input> inputs) {
    return server(server, inputs, ROUNDS - 1);
  }
}
