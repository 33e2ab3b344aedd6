package engram.bench;

import engram.system.Api;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/// Proactive interference in the form of PI-LLM: 46 keys, each with so many values one after the
/// other, in random order; which is the latest? Here the values come keyed, one in ten out of order
/// by time, and a rule answers; language models are asked the same of running text, which is
/// harder: the two must not stand side by side without saying so.
final class CurrentValues {
  private static final int KEYS = 46;
  private static final List<Integer> UPDATES = List.of(2, 12, 48, 139, 400);
  private static final int BATCH = 500;
  private static final long SEED = 46_400L;
  private static final Instant BEGIN = Instant.parse("2024-01-01T00:00:00Z");

  private CurrentValues() {}

  static void run(Api api, Report report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("updates per key", "latest value returned", "superseded values returned"));
    double accuracy = 1;
    long stale = 0;
    for (int updates : UPDATES) {
      String user = "pi-" + updates;
      Map<String, String> latest = write(api, user, updates);
      int right = 0;
      int returned = 0;
      JsonNode items = api.get("/api/memory/facts?user=" + user).path("items");
      for (JsonNode item : items) {
        returned++;
        boolean current =
            item.path("object").asString("").equals(latest.get(item.path("subject").asString("")));
        right += current ? 1 : 0;
      }
      stale += returned - right;
      accuracy = (double) right / KEYS;
      rows.add(
          List.of(
              Integer.toString(updates),
              right + " of " + KEYS,
              (returned - right) + " of " + returned));
    }
    report.value("current_value", accuracy);
    report.value("stale_rate", stale == 0 ? 0 : (double) stale / (KEYS * UPDATES.size()));
    report.section(
        "Current values under interference (keyed)",
        Report.table(rows)
            + "\nKeyed facts; one update in ten arrives out of order and is about an earlier time.");
  }

  private static Map<String, String> write(Api api, String user, int updates) {
    Random random = new Random(SEED + updates);
    List<Map<String, Object>> facts = new ArrayList<>();
    Map<String, String> latest = new HashMap<>();
    Map<String, Integer> order = new HashMap<>();
    List<Integer> keys = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      keys.addAll(Collections.nCopies(updates, key));
    }
    Collections.shuffle(keys, random);
    for (int key : keys) {
      String subject = "key " + key;
      int time = order.merge(subject, 1, Integer::sum);
      String value = "value " + key + " " + time + " " + random.nextInt(1_000_000);
      if (time == updates) {
        latest.put(subject, value);
      }
      facts.add(
          Map.of(
              "subject",
              subject,
              "predicate",
              "is",
              "object",
              value,
              "event_at",
              BEGIN.plusSeconds(60L * time).toString()));
    }
    for (int at = 0; at + 1 < facts.size(); at++) {
      if (random.nextInt(10) == 0) {
        Collections.swap(facts, at, Math.min(facts.size() - 1, at + 1 + random.nextInt(200)));
      }
    }
    for (int from = 0; from < facts.size(); from += BATCH) {
      api.post(
          "/api/memory/facts",
          Map.of("user", user, "facts", facts.subList(from, Math.min(facts.size(), from + BATCH))));
    }
    return latest;
  }
}
