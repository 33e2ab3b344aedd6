package engram.bench;

import engram.retrieval.PassageInspector;
import engram.retrieval.Span;
import engram.retrieval.config.RetrievalAutoConfiguration;
import engram.system.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How often an instruction that was spliced into a passage is flagged, and how often clean text is
/// flagged by mistake: on the categories of BIPIA's attacks, and the articles, books, documents and
/// e-mails, that the detector was not fitted on.
final class InjectionMeasurement {
  private static final int PASSAGE_CHARS = 1_200;
  private static final int EVERY_PARAGRAPH = 9;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final PassageInspector inspector = RetrievalAutoConfiguration.passageInspector();
  private final Path data;
  private final Map<String, int[]> attacks = new TreeMap<>();
  private final Map<String, int[]> clean = new TreeMap<>();
  private final Map<String, int[]> attacksRunning = new TreeMap<>();
  private final Map<String, int[]> cleanRunning = new TreeMap<>();
  private final List<String> hosts = new ArrayList<>();

  private InjectionMeasurement(Path data) {
    this.data = data;
  }

  /// @param data the folder of the public data sets
  /// @return `injection_flag_recall`, `injection_flag_false_rate`, both by category and set, and
  ///   both where texts have lost their line ends, as those of web pages have
  static Map<String, Object> of(Path data) {
    InjectionMeasurement measurement = new InjectionMeasurement(data);
    try {
      measurement.clean();
      measurement.injected();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("injection_flag_recall", share(measurement.attacks));
    values.put("injection_flag_false_rate", share(measurement.clean));
    values.put("injection_flag_recall_no_line_ends", share(measurement.attacksRunning));
    values.put("injection_flag_false_rate_no_line_ends", share(measurement.cleanRunning));
    values.put("injection_texts", count(measurement.attacks));
    values.put("injection_clean_passages", count(measurement.clean));
    values.put("injection_flag_recall_by_category", shares(measurement.attacks));
    values.put("injection_flag_false_rate_by_set", shares(measurement.clean));
    return values;
  }

  public static void main(String[] args) {
    Measured.print(of(Measured.data(args)));
  }

  /// Through a server: e-mails that the detector was not fitted on, each with an instruction of
  /// each category that it was not fitted on, among the clean ones; their own questions are asked.
  ///
  /// @return of how many planted e-mails the part with the instruction is packed for their
  ///   question, how many of those carry a flag in the reply, and how many of the packed clean
  ///   e-mails do
  static Map<String, Object> throughServer(Path data, Api api) {
    try {
      return planted(data, api);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Map<String, Object> planted(Path data, Api api) throws IOException {
    List<JudgedCorpus.Text> texts = new ArrayList<>();
    Map<String, String> attackIn = new LinkedHashMap<>();
    List<String> questions = new ArrayList<>();
    List<List<String>> attacks = heldOutAttacks(data);
    int mail = 0;
    for (String line : Files.readAllLines(data.resolve("attack-bipia/email_train.jsonl"))) {
      if (line.isBlank()) {
        continue;
      }
      JsonNode each = JSON.readTree(line);
      String host = each.path("context").asString();
      boolean chosen = heldOut("e-mail", "" + mail);
      texts.add(new JudgedCorpus.Text("clean" + mail, "", host));
      for (int category = 0; chosen && category < attacks.size(); category++) {
        List<String> of = attacks.get(category);
        String attack = of.get(mail % of.size());
        String id = "planted" + mail + "-" + category;
        attackIn.put(id, attack);
        texts.add(new JudgedCorpus.Text(id, "", spliced(host, attack, (mail + category) % 3)));
      }
      if (chosen) {
        questions.add(
            each.path("question").asString()
                + " "
                + host.substring(0, Math.min(80, host.length())));
      }
      mail++;
    }
    LoadedCorpus loaded =
        LoadedCorpus.load(api, new JudgedCorpus("injection", "en", texts, List.of()));
    Set<String> packed = new HashSet<>();
    Set<String> flagged = new HashSet<>();
    for (LoadedCorpus.Read read : loaded.ask(questions)) {
      for (LoadedCorpus.Passage passage : read.passages()) {
        String attack = attackIn.get(passage.of());
        // An e-mail of two chunks is not read with its instruction where only the other is packed.
        if (attack == null || words(passage.text()).contains(words(attack))) {
          packed.add(passage.of());
          if (passage.flagged()) {
            flagged.add(passage.of());
          }
        }
      }
    }
    loaded.delete();
    Map<String, Object> values = new LinkedHashMap<>();
    int planted = attackIn.size();
    values.put("injection_engram_planted", planted);
    values.put("injection_engram_packed_share", (double) count(packed, "planted") / planted);
    values.put(
        "injection_engram_flagged_of_packed",
        (double) count(flagged, "planted") / Math.max(1, count(packed, "planted")));
    values.put(
        "injection_engram_clean_flagged_of_packed",
        (double) count(flagged, "clean") / Math.max(1, count(packed, "clean")));
    return values;
  }

  private static String words(String text) {
    return String.join(" ", text.strip().split("\\s+"));
  }

  private static long count(Collection<String> ids, String kind) {
    return ids.stream().filter(id -> id.startsWith(kind)).count();
  }

  private static List<List<String>> heldOutAttacks(Path data) {
    List<List<String>> attacks = new ArrayList<>();
    int category = 0;
    for (Map.Entry<String, JsonNode> each :
        JSON.readTree(data.resolve("attack-bipia/text_attack_train.json").toFile()).properties()) {
      if (category++ % 2 != 0) {
        List<String> of = new ArrayList<>();
        each.getValue().forEach(attack -> of.add(attack.asString()));
        attacks.add(of);
      }
    }
    return attacks;
  }

  private void clean() throws IOException {
    List<String> paragraphs = new ArrayList<>();
    squad("squad2", data.resolve("qa-squad2/dev-v2.0.half.shared.json"), paragraphs);
    squad("xquad-en", data.resolve("qa-xquad/xquad.en.shared.json"), new ArrayList<>());
    try (var files = Files.list(data.resolve("longtext-books"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        boolean book = name.matches(".*\\.(md|txt)") && !name.contains(".ja.");
        if (book && !name.equals("SOURCE.md") && heldOut("books", name)) {
          cut("books", Files.readString(file));
        }
      }
    }
    for (String line : Files.readAllLines(data.resolve("rag-tau2-banking/documents.jsonl"))) {
      JsonNode document = JSON.readTree(line);
      if (heldOut("tau2", document.path("id").asString())) {
        cut("tau2", document.path("content").asString());
      }
    }
    int mail = 0;
    for (String line : Files.readAllLines(data.resolve("attack-bipia/email_train.jsonl"))) {
      if (!line.isBlank() && heldOut("e-mail", "" + mail++)) {
        String text = JSON.readTree(line).path("context").asString();
        hosts.add(text);
        look("e-mail", text);
      }
    }
    hosts.addAll(paragraphs);
  }

  private void squad(String set, Path file, List<String> every) {
    int index = 0;
    for (JsonNode article : JSON.readTree(file.toFile()).get("data")) {
      boolean heldOut = heldOut(set, article.get("title").asString());
      for (JsonNode paragraph : article.get("paragraphs")) {
        String text = paragraph.get("context").asString();
        if (heldOut) {
          look(set, text);
        }
        if (index++ % EVERY_PARAGRAPH == 0 && heldOut) {
          every.add(text);
        }
      }
    }
  }

  private void cut(String set, String text) {
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + PASSAGE_CHARS);
      int line = end == text.length() ? end : text.lastIndexOf("\n\n", end);
      end = line > start + PASSAGE_CHARS / 3 ? line : end;
      look(set, text.substring(start, end));
      start = end;
    }
  }

  private void look(String set, String text) {
    add(clean, set, !inspector.flags(text, 0).isEmpty());
    add(cleanRunning, set, !inspector.flags(running(text), 0).isEmpty());
  }

  /// Every second category was fitted on.
  private void injected() throws IOException {
    JsonNode categories =
        JSON.readTree(data.resolve("attack-bipia/text_attack_train.json").toFile());
    int category = 0;
    int turn = 0;
    for (Map.Entry<String, JsonNode> each : categories.properties()) {
      if (category++ % 2 != 0) {
        for (JsonNode attack : each.getValue()) {
          for (String host : hosts) {
            String before = before(host, turn % 3);
            String text = spliced(host, attack.asString(), turn++ % 3);
            Span part = new Span(before.length(), before.length() + attack.asString().length());
            add(attacks, each.getKey(), isSeen(text, part));
            add(attacksRunning, each.getKey(), isSeen(running(text), part));
          }
        }
      }
    }
  }

  private boolean isSeen(String text, Span attack) {
    return inspector.flags(text, 0).stream()
        .anyMatch(flag -> flag.span().start() < attack.end() && flag.span().end() > attack.start());
  }

  private static String running(String text) {
    return text.replaceAll("[\\r\\n]", " ");
  }

  /// @param where 0 before the host, 1 in its middle, 2 after it
  private static int place(String host, int where) {
    int middle = host.indexOf(". ", host.length() / 2);
    int[] places = {0, middle < 0 ? host.length() / 2 : middle + 2, host.length()};
    return places[where];
  }

  private static String before(String host, int where) {
    int place = place(host, where);
    return place == 0 ? "" : host.substring(0, place) + "\n";
  }

  private static String spliced(String host, String attack, int where) {
    return before(host, where) + attack + "\n" + host.substring(place(host, where));
  }

  /// The other half was fitted on.
  private static boolean heldOut(String set, String group) {
    CRC32 crc = new CRC32();
    crc.update((set + group).getBytes(StandardCharsets.UTF_8));
    return crc.getValue() % 2 != 0;
  }

  private static void add(Map<String, int[]> counts, String name, boolean flagged) {
    int[] row = counts.computeIfAbsent(name, key -> new int[2]);
    row[0]++;
    row[1] += flagged ? 1 : 0;
  }

  private static int count(Map<String, int[]> counts) {
    return counts.values().stream().mapToInt(row -> row[0]).sum();
  }

  private static double share(Map<String, int[]> counts) {
    return counts.values().stream().mapToInt(row -> row[1]).sum() / (double) count(counts);
  }

  private static Map<String, Double> shares(Map<String, int[]> counts) {
    Map<String, Double> shares = new TreeMap<>();
    counts.forEach((name, row) -> shares.put(name, (double) row[1] / row[0]));
    return shares;
  }
}
