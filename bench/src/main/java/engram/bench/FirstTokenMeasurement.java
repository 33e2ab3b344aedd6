package engram.bench;

import engram.system.RunningServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// How long a client waits for the first word of a streamed completion, through the whole server:
/// from the request's first byte to the first event that has one, one request at a time. And how
/// many vectors a second a client gets.
///
/// Floor: the passes over the prompt and the texts, which `bench/inference-cpu` measures without a
/// server.
///
/// Run by `bench/inference-cpu`, whose report takes up what this writes.
final class FirstTokenMeasurement {
  private static final String DATA = "data: {";
  private static final int WARM_UPS = 3;
  private static final int TEXTS = 64;

  /// With the two marks around it a text has 64 tokens.
  private static final int WORDS = 62;

  /// Words that the encoder's vocabulary has, be it small or large: `w5` to `w999`.
  private static final int WORD_MIN = 5;

  private static final int WORD_MAX = 1000;

  private final HttpClient http = HttpClient.newHttpClient();
  private final RunningServer server;
  private final int vocabulary;
  private final SplittableRandom random = new SplittableRandom(5);

  private FirstTokenMeasurement(RunningServer server, int vocabulary) {
    this.server = server;
    this.vocabulary = vocabulary;
  }

  /// Seconds until the first event with a word.
  private double seconds(int promptTokens) throws IOException, InterruptedException {
    // Other tokens each time: a prefix that was read before would be found again.
    String prompt =
        random
            .ints(promptTokens, 256, vocabulary)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(","));
    HttpRequest request =
        request(
            "/v1/completions",
            "{\"model\":\"random\",\"stream\":true,\"max_tokens\":4,\"temperature\":0,\"prompt\":["
                + prompt
                + "]}");
    long begin = System.nanoTime();
    HttpResponse<InputStream> reply = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    double first = Double.NaN;
    try (var lines =
        new BufferedReader(new InputStreamReader(reply.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (reply.statusCode() != 200) {
          throw new IllegalStateException(reply.statusCode() + ": " + line);
        }
        if (Double.isNaN(first) && line.startsWith(DATA) && !line.contains("\"text\":\"\"")) {
          first = (System.nanoTime() - begin) * 1e-9;
        }
      }
    }
    if (Double.isNaN(first)) {
      throw new IllegalStateException("no event had a word");
    }
    return first;
  }

  private HttpRequest request(String path, String body) {
    return HttpRequest.newBuilder(URI.create(server.url() + path))
        .header("Authorization", "Bearer " + server.adminKey())
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  /// Vectors a second of one request.
  private double vectorsPerSecond() throws IOException, InterruptedException {
    String texts =
        Stream.generate(this::text).limit(TEXTS).collect(Collectors.joining("\",\"", "\"", "\""));
    HttpRequest request =
        request("/v1/embeddings", "{\"model\":\"encoder\",\"input\":[" + texts + "]}");
    long begin = System.nanoTime();
    HttpResponse<String> reply = http.send(request, HttpResponse.BodyHandlers.ofString());
    double seconds = (System.nanoTime() - begin) * 1e-9;
    if (reply.statusCode() != 200) {
      throw new IllegalStateException(reply.statusCode() + ": " + reply.body());
    }
    int vectors = JsonMapper.shared().readTree(reply.body()).path("data").size();
    if (vectors != TEXTS) {
      throw new IllegalStateException(vectors + " vectors of " + TEXTS + " texts");
    }
    return vectors / seconds;
  }

  private String text() {
    return random
        .ints(WORDS, WORD_MIN, WORD_MAX)
        .mapToObj(word -> "w" + word)
        .collect(Collectors.joining(" "));
  }

  private List<Double> rounds(int promptTokens, int rounds)
      throws IOException, InterruptedException {
    List<Double> seconds = new ArrayList<>();
    for (int round = -WARM_UPS; round < rounds; round++) {
      double one = seconds(promptTokens);
      if (round >= 0) {
        seconds.add(one);
      }
    }
    return seconds;
  }

  /// `--model FILE --encoder FILE --vocabulary N --prompts 16,512 --rounds N --out FILE`
  public static void main(String[] arguments) throws Exception {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      given.put(arguments[i], arguments[i + 1]);
    }
    int rounds = Integer.parseInt(given.getOrDefault("--rounds", "7"));
    int vocabulary = Integer.parseInt(given.get("--vocabulary"));
    int[] prompts =
        Arrays.stream(given.getOrDefault("--prompts", "16,512").split(","))
            .mapToInt(Integer::parseInt)
            .toArray();
    Path data = Folders.temporary("first-token");
    Map<String, Object> found = new LinkedHashMap<>();
    try (RunningServer server =
        RunningServer.start(
            data,
            List.of("--add-modules", "jdk.incubator.vector"),
            List.of(
                "--engram.inference.models.random.path=" + given.get("--model"),
                "--engram.inference.models.encoder.path=" + given.get("--encoder"),
                "--engram.inference.memory=8GB"))) {
      var measurement = new FirstTokenMeasurement(server, vocabulary);
      for (int tokens : prompts) {
        List<Double> seconds = measurement.rounds(tokens, rounds);
        found.put("first_token_http_ms_" + tokens, 1000 * Stats.median(seconds));
        System.out.printf(
            "first token over HTTP after %d tokens: %s s (%s)%n",
            tokens, Report.number(Stats.median(seconds)), Stats.spread(seconds));
      }
      List<Double> vectors = new ArrayList<>();
      for (int round = -WARM_UPS; round < rounds; round++) {
        double one = measurement.vectorsPerSecond();
        if (round >= 0) {
          vectors.add(one);
        }
      }
      found.put("embeddings_per_second_http", Stats.median(vectors));
      System.out.printf(
          "embeddings over HTTP: %s a second (%s)%n",
          Report.number(Stats.median(vectors)), Stats.spread(vectors));
    }
    Path out = Path.of(given.get("--out"));
    Files.createDirectories(out.toAbsolutePath().getParent());
    Files.writeString(out, JsonMapper.shared().writeValueAsString(found) + "\n");
  }
}
