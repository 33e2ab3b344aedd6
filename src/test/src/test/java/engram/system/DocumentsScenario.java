package engram.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Puts all real and awkward documents of two public parser test sets into one collection by one
/// batch, and looks for the strings that those parsers' own tests require.
public final class DocumentsScenario {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Pattern SPACE = Pattern.compile("[\\s\\u00a0]+");

  private DocumentsScenario() {}

  /// @param missing by file, the required strings that were not in its text
  /// @param failed by file, the reason as people read it
  /// @param unfinished files that were neither completed nor failed in the end: they stopped the
  ///   batch
  /// @param words share of the words of the reference Markdown that the text holds, over all files
  public record Result(
      int documents,
      int completed,
      int stringsRequired,
      int stringsFound,
      Map<String, List<String>> missing,
      Map<String, String> failed,
      List<String> unfinished,
      double words,
      Duration took,
      long peakResidentBytes) {}

  public static Result run(RunningServer server, Path tika, Path docling) {
    Api api = server.admin();
    Map<String, Path> files = files(tika, docling);
    Map<String, String> ids = new LinkedHashMap<>();
    files.forEach((name, path) ->
        ids.put(name, api.upload(path.getFileName().toString(), read(path)).path("id").asString()));
    String collection = api.createCollection("documents");
    Instant begin = Instant.now();
    api.post(
        "/v1/vector_stores/" + collection + "/file_batches",
        Map.of("file_ids", List.copyOf(ids.values())));
    long peak = awaitAndWatchMemory(server, api, collection);
    return evaluate(
        api, collection, ids, tika, docling, Duration.between(begin, Instant.now()), peak);
  }

  private static Map<String, Path> files(Path tika, Path docling) {
    Map<String, Path> files = new LinkedHashMap<>();
    for (JsonNode row : JSON.readTree(read(tika.resolve("expected.json")))) {
      String name = row.path("file").asString();
      files.put("tika/" + name, tika.resolve("files").resolve(name));
    }
    try (var all = Files.list(tika.resolve("files"))) {
      all.forEach(path -> files.putIfAbsent("tika/" + path.getFileName(), path));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    for (JsonNode row : JSON.readTree(read(docling.resolve("manifest.json")))) {
      files.put(
          "docling/" + row.path("file").asString(), find(docling, row.path("file").asString()));
    }
    return files;
  }

  private static Path find(Path root, String name) {
    try (var all = Files.walk(root)) {
      return all.filter(path ->
              path.getFileName().toString().equals(name) && !path.toString().contains("/expected/"))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static long awaitAndWatchMemory(RunningServer server, Api api, String collection) {
    Instant deadline = Instant.now().plus(PATIENCE);
    long peak = 0;
    while (api.get("/v1/vector_stores/" + collection)
                .path("file_counts")
                .path("in_progress")
                .asInt()
            > 0
        && Instant.now().isBefore(deadline)) {
      peak = Math.max(peak, Resident.ofAll(server));
      RunningServer.pause(Duration.ofMillis(250));
    }
    return peak;
  }

  private static Result evaluate(
      Api api,
      String collection,
      Map<String, String> ids,
      Path tika,
      Path docling,
      Duration took,
      long peak) {
    Map<String, String> failed = new LinkedHashMap<>();
    List<String> unfinished = new ArrayList<>();
    Map<String, String> texts = new HashMap<>();
    ids.forEach((name, id) -> {
      JsonNode document = api.get("/v1/vector_stores/" + collection + "/files/" + id);
      switch (document.path("status").asString()) {
        case "completed" ->
            texts.put(name, fold(api.get("/api/files/" + id + "/text").path("text").asString()));
        case "failed" -> failed.put(name, document.path("last_error").path("message").asString());
        default -> unfinished.add(name);
      }
    });
    int required = 0;
    Map<String, List<String>> missing = new LinkedHashMap<>();
    for (JsonNode row : JSON.readTree(read(tika.resolve("expected.json")))) {
      String name = "tika/" + row.path("file").asString();
      String text = texts.getOrDefault(name, "");
      for (JsonNode wanted : row.path("expect").path("contains")) {
        required++;
        if (!text.contains(fold(wanted.asString()))) {
          missing.computeIfAbsent(name, unused -> new ArrayList<>()).add(wanted.asString());
        }
      }
    }
    int found = required - missing.values().stream().mapToInt(List::size).sum();
    return new Result(
        ids.size(),
        texts.size(),
        required,
        found,
        missing,
        failed,
        unfinished,
        wordRecall(docling, texts),
        took,
        peak);
  }

  private static double wordRecall(Path docling, Map<String, String> texts) {
    long words = 0;
    long held = 0;
    for (JsonNode row : JSON.readTree(read(docling.resolve("manifest.json")))) {
      String reference = row.path("reference_markdown_local").asString("");
      if (reference.isEmpty()) {
        continue;
      }
      String text =
          " " + letters(texts.getOrDefault("docling/" + row.path("file").asString(), "")) + " ";
      for (String word :
          letters(
                  new String(
                      read(docling.resolve(reference)), java.nio.charset.StandardCharsets.UTF_8))
              .split(" ")) {
        if (!word.isEmpty()) {
          words++;
          held += text.contains(" " + word + " ") ? 1 : 0;
        }
      }
    }
    return words == 0 ? 0 : (double) held / words;
  }

  private static String letters(String text) {
    return text.toLowerCase(java.util.Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  private static String fold(String text) {
    return SPACE.matcher(text).replaceAll(" ").strip();
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
