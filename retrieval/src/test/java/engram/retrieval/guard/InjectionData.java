package engram.retrieval.guard;

import engram.retrieval.parse.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Clean passages, and passages with an instruction spliced in. Whole categories of attacks and
/// whole documents belong to one half or the other.
final class InjectionData {
  /// @param group article, book, document or e-mail; decides the half
  record Clean(String set, String group, String text) {
    boolean forFitting() {
      return even(set + group);
    }
  }

  /// @param start of the attack in the text
  record Injected(String category, boolean forFitting, String text, int start, String attack) {
    /// The same without line ends, as of a web page.
    Injected running() {
      return new Injected(category, forFitting, InjectionData.running(text), start, attack);
    }
  }

  private static final int PASSAGE_CHARS = 1_200;
  private static final JsonMapper JSON = JsonMapper.shared();

  private InjectionData() {}

  static String running(String text) {
    return text.replaceAll("[\\r\\n]", " ");
  }

  private static boolean even(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() % 2 == 0;
  }

  static List<Clean> clean() throws IOException {
    List<Clean> all = new ArrayList<>();
    squad("squad2", SharedData.folder("qa-squad2").resolve("dev-v2.0.half.shared.json"), all);
    squad("xquad-en", SharedData.folder("qa-xquad").resolve("xquad.en.shared.json"), all);
    try (var files = Files.list(SharedData.folder("longtext-books"))) {
      for (Path file : files.filter(each -> !each.toString().contains(".ja.")).sorted().toList()) {
        if (!file.toString().endsWith("SOURCE.md") && file.toString().matches(".*\\.(md|txt)")) {
          cut("books", file.getFileName().toString(), Files.readString(file), all);
        }
      }
    }
    Path bank = SharedData.folder("rag-tau2-banking").resolve("documents.jsonl");
    for (String line : Files.readAllLines(bank)) {
      JsonNode document = JSON.readTree(line);
      cut("tau2", document.path("id").asString(), document.path("content").asString(), all);
    }
    for (Map.Entry<Integer, String> mail : mails().entrySet()) {
      all.add(new Clean("e-mail", "" + mail.getKey(), mail.getValue()));
    }
    return all;
  }

  /// Each attack at the start, in the middle and at the end of e-mails and of paragraphs.
  static List<Injected> injected() throws IOException {
    List<Clean> hosts = new ArrayList<>();
    List<Clean> paragraphs = new ArrayList<>();
    mails().forEach((index, text) -> hosts.add(new Clean("e-mail", "" + index, text)));
    squad(
        "squad2", SharedData.folder("qa-squad2").resolve("dev-v2.0.half.shared.json"), paragraphs);
    for (int index = 0; index < paragraphs.size(); index += 9) {
      hosts.add(paragraphs.get(index));
    }
    JsonNode attacks =
        JSON.readTree(SharedData.folder("attack-bipia").resolve("text_attack_train.json").toFile());
    List<Injected> all = new ArrayList<>();
    int category = 0;
    for (Map.Entry<String, JsonNode> each : attacks.properties()) {
      boolean fitting = category++ % 2 == 0;
      for (JsonNode attack : each.getValue()) {
        for (Clean host : hosts) {
          if (host.forFitting() == fitting) {
            splice(each.getKey(), fitting, host.text(), attack.asString(), all);
          }
        }
      }
    }
    return all;
  }

  private static void splice(
      String category, boolean fitting, String host, String attack, List<Injected> all) {
    int middle = host.indexOf(". ", host.length() / 2);
    int[] places = {0, middle < 0 ? host.length() / 2 : middle + 2, host.length()};
    int place = places[all.size() % 3];
    String before = place == 0 ? "" : host.substring(0, place) + "\n";
    String text = before + attack + "\n" + host.substring(place);
    all.add(new Injected(category, fitting, text, before.length(), attack));
  }

  private static Map<Integer, String> mails() throws IOException {
    Map<Integer, String> mails = new LinkedHashMap<>();
    for (String line :
        Files.readAllLines(SharedData.folder("attack-bipia").resolve("email_train.jsonl"))) {
      if (!line.isBlank()) {
        mails.put(mails.size(), JSON.readTree(line).path("context").asString());
      }
    }
    return mails;
  }

  private static void squad(String set, Path file, List<Clean> all) {
    for (JsonNode article : JSON.readTree(file.toFile()).get("data")) {
      for (JsonNode paragraph : article.get("paragraphs")) {
        all.add(
            new Clean(set, article.get("title").asString(), paragraph.get("context").asString()));
      }
    }
  }

  private static void cut(String set, String group, String text, List<Clean> all) {
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + PASSAGE_CHARS);
      int line = end == text.length() ? end : text.lastIndexOf("\n\n", end);
      end = line > start + PASSAGE_CHARS / 3 ? line : end;
      all.add(new Clean(set, group, text.substring(start, end)));
      start = end;
    }
  }
}
