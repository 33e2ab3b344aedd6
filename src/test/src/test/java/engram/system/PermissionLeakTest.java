package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Filter;
import engram.system.LeakWorld.Holder;
import engram.system.LeakWorld.Planted;
import engram.system.LeakWorld.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Generated tenants, keys, permissions and filters against the real server: whatever a key asks,
/// it gets exactly the documents that it may read, and no endpoint tells it a word of the others.
/// Repeat with `-Dseed=…`.
class PermissionLeakTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("rounds", 2);
  private static final int QUERIES_PER_KEY = 4;
  private static final int HOLDERS_PER_TENANT = 4;
  private static final int DOCUMENTS = 8;

  private final LeakWorld world = new LeakWorld(SEED, RunningServer.shared().admin());
  private final Random random = world.random();
  private int wordsSeen;

  private List<Tenant> tenants(String test, int round) {
    String name = test + "-" + Long.toString(SEED, 36) + "-" + round;
    return List.of(world.tenant(name + "a", DOCUMENTS), world.tenant(name + "b", DOCUMENTS));
  }

  // Searches and lists: exactly what may be read

  @Test
  void searchesAndListsShowExactlyWhatMayBeRead() {
    for (int round = 0; round < ROUNDS; round++) {
      List<Tenant> tenants = tenants("lists", round);
      for (Tenant tenant : tenants) {
        for (int key = 0; key < HOLDERS_PER_TENANT; key++) {
          Holder holder = world.holder(tenant, Set.of("read"));
          for (int query = 0; query < QUERIES_PER_KEY; query++) {
            @Nullable Filter asked = random.nextInt(2) == 0 ? world.filter(3) : null;
            for (Tenant other : tenants) {
              for (String collection : other.collections()) {
                check(holder, other == tenant ? tenant : null, collection, asked, round);
              }
            }
          }
        }
      }
    }
  }

  /// @param owner null when the collection is another tenant's
  private static void check(
      Holder holder, @Nullable Tenant owner, String collection, @Nullable Filter asked, int round) {
    Map<String, Object> body =
        new HashMap<>(Map.of("query", LeakWorld.WORD, "max_num_results", 50));
    if (asked != null) {
      body.put("filters", LeakWorld.json(asked));
    }
    String what = repeat(round, holder) + ", filter " + asked;
    var reply = send(holder, "POST", "/v1/vector_stores/" + collection + "/search", body);
    if (owner == null || !holder.access().mayUse(collection)) {
      assertThat(reply.status()).as(what).isEqualTo(404);
      return;
    }
    assertThat(reply.status()).as(what + reply.text()).isEqualTo(200);
    List<Planted> readable =
        owner.documents().stream()
            .filter(document -> document.readable(holder.access(), collection))
            .toList();
    Set<String> wanted =
        readable.stream()
            .filter(document ->
                asked == null || asked.matches(document.places.get(collection).attributes()))
            .map(document -> document.file)
            .collect(Collectors.toSet());
    assertThat(fileIds(reply.json(), "file_id")).as(what).isEqualTo(wanted);
    var list = send(holder, "GET", "/v1/vector_stores/" + collection + "/files?limit=100", null);
    assertThat(fileIds(list.json(), "id"))
        .as(what)
        .isEqualTo(readable.stream().map(document -> document.file).collect(Collectors.toSet()));
  }

  private static Set<String> fileIds(JsonNode page, String field) {
    Set<String> ids = new HashSet<>();
    page.path("data").forEach(row -> ids.add(row.path(field).asString()));
    return ids;
  }

  // All endpoints: not a word of what may not be read

  @Test
  void noReplyHoldsAWordOfADocumentThatItsCallerMayNotRead() {
    for (int round = 0; round < ROUNDS; round++) {
      List<Tenant> tenants = tenants("words", round);
      List<Asker> askers = new ArrayList<>();
      for (Tenant tenant : tenants) {
        for (int key = 0; key < HOLDERS_PER_TENANT; key++) {
          Set<String> verbs = key == 0 ? Set.of("read", "chat") : Set.of("read");
          askers.add(new Asker(tenants, tenant, world.holder(tenant, verbs), round));
        }
      }
      askers.forEach(Asker::askEverything);
      List<String> responses = askers.stream().flatMap(asker -> asker.responses.stream()).toList();
      askers.forEach(asker -> asker.readResponses(responses));
      tenants.forEach(this::changeReadersAndDelete);
      askers.forEach(Asker::askEverything);
      askers.forEach(Asker::repeat);
      askers.forEach(asker -> asker.readResponses(responses));
    }
    assertThat(wordsSeen).as("what may be read is shown, -Dseed=%d", SEED).isGreaterThan(100);
  }

  private void changeReadersAndDelete(Tenant tenant) {
    for (Planted planted : tenant.documents()) {
      String collection = planted.places.keySet().iterator().next();
      switch (random.nextInt(4)) {
        case 0 -> world.put(tenant.admin(), planted, collection);
        case 1 -> // put in again without a word about readers, which leaves them
            tenant
                .admin()
                .post(
                    "/api/collections/" + collection + "/documents?refresh=wait",
                    Map.of("file_id", planted.file));
        case 2 -> {
          tenant.admin().delete("/v1/files/" + planted.file);
          planted.places.clear();
        }
        default -> {} // stays as it is
      }
    }
  }

  /// One key, and what it did.
  private final class Asker {
    private final List<Tenant> tenants;
    private final Tenant own;
    private final Holder holder;
    private final int round;
    private final List<String> responses = new ArrayList<>();
    private final List<Kept> kept = new ArrayList<>();

    /// A request that can be repeated by its `Idempotency-Key`.
    private record Kept(String path, Object body, String key) {}

    Asker(List<Tenant> tenants, Tenant own, Holder holder, int round) {
      this.tenants = tenants;
      this.own = own;
      this.holder = holder;
      this.round = round;
    }

    void askEverything() {
      for (Tenant tenant : tenants) {
        for (Planted document : tenant.documents()) {
          read(document, tenant == own);
        }
        for (String collection : tenant.collections()) {
          ask(collection);
        }
      }
      for (String path :
          List.of(
              "/v1/files?limit=100",
              "/v1/vector_stores",
              "/v1/models",
              "/api/receipts",
              "/api/jobs",
              "/api/audit",
              "/api/index",
              "/api/me")) {
        check("GET", path, null);
      }
    }

    private void read(Planted document, boolean ours) {
      boolean readable = ours && document.readable(holder.access());
      for (String path :
          List.of(
              "/v1/files/%s",
              "/v1/files/%s/content", "/api/files/%s/text", "/api/files/%s/text?version=1")) {
        var reply = check("GET", path.formatted(document.file), null);
        assertThat(reply.status())
            .as(() -> what("GET", path) + " " + document.places)
            .isEqualTo(readable ? 200 : 404);
      }
      for (String collection : own.collections()) {
        String v1 = "/v1/vector_stores/" + collection + "/files/" + document.file;
        String api = "/api/collections/" + collection + "/documents/" + document.file;
        boolean here = ours && document.readable(holder.access(), collection);
        for (String path : List.of(v1, v1 + "/content", api, api + "/chunks")) {
          var reply = check("GET", path, null);
          assertThat(reply.status())
              .as(() -> what("GET", path) + " " + document.places)
              .isEqualTo(here ? 200 : 404);
        }
        if (!readable && !document.places.isEmpty()) {
          takeOver(document, collection, api);
        }
      }
    }

    /// Writing over what it may not read must not make it readable.
    private void takeOver(Planted document, String collection, String path) {
      var attached =
          check(
              "POST",
              "/api/collections/" + collection + "/documents",
              Map.of("file_id", document.file, "readers", List.of()));
      assertThat(attached.status()).as(what("attach", path)).isGreaterThanOrEqualTo(400);
      var opened = check("PATCH", path, Map.of("readers", List.of()));
      assertThat(opened.status()).as(what("PATCH", path)).isGreaterThanOrEqualTo(400);
      var batch =
          check(
              "POST",
              "/v1/vector_stores/" + collection + "/file_batches",
              Map.of("file_ids", List.of(document.file)));
      assertThat(batch.status()).as(what("batch", path)).isGreaterThanOrEqualTo(400);
    }

    private void ask(String collection) {
      Planted about = any(own.documents());
      String question = "Who is the keeper of the " + LeakWorld.WORD + " at " + about.station + "?";
      Map<String, Object> search = new HashMap<>(Map.of("query", question, "explain", true));
      if (random.nextBoolean()) {
        search.put("filter", LeakWorld.json(world.filter(2)));
      }
      check("POST", "/api/collections/" + collection + "/search", search);
      check("POST", "/v1/vector_stores/" + collection + "/search", Map.of("query", about.station));
      boolean stream = random.nextBoolean();
      keep(
          "/api/ask",
          Map.of("question", question, "collections", List.of(collection), "stream", stream));
      keep(
          "/v1/chat/completions",
          Map.of(
              "model",
              random.nextBoolean() ? "engram" : "engram/" + collection,
              "messages",
              List.of(Map.of("role", "user", "content", question)),
              "stream",
              stream));
      Map<String, Object> response =
          Map.of(
              "model",
              "engram",
              "input",
              question,
              "include",
              List.of("file_search_call.results"),
              "tools",
              List.of(Map.of("type", "file_search", "vector_store_ids", List.of(collection))));
      var reply = keep("/v1/responses", response);
      if (reply.status() == 200) {
        responses.add(reply.json().path("id").asString());
      }
    }

    private Api.Reply keep(String path, Object body) {
      String key = "k" + Long.toString(random.nextLong(Long.MAX_VALUE), 36);
      kept.add(new Kept(path, body, key));
      return check("POST", path, body, Map.of("Idempotency-Key", key));
    }

    void readResponses(List<String> ids) {
      for (String id : ids) {
        check("GET", "/v1/responses/" + id, null);
        check("GET", "/v1/responses/" + id + "/input_items", null);
        check(
            "POST",
            "/v1/responses",
            Map.of("model", "engram", "input", "And there?", "previous_response_id", id));
      }
    }

    void repeat() {
      for (Kept request : kept) {
        check("POST", request.path(), request.body(), Map.of("Idempotency-Key", request.key()));
      }
    }

    private Api.Reply check(String method, String path, @Nullable Object body) {
      return check(method, path, body, Map.of());
    }

    private Api.Reply check(
        String method, String path, @Nullable Object body, Map<String, String> more) {
      Map<String, String> headers = new HashMap<>(more);
      headers.putAll(holder.headers());
      var reply = send(holder, method, path, body, headers);
      String text = reply.text();
      for (Tenant tenant : tenants) {
        for (Planted document : tenant.documents()) {
          if (!text.contains(document.word)) {
            continue;
          }
          boolean allowed = tenant == own && document.readable(holder.access());
          assertThat(allowed)
              .as(() ->
                  what(method, path) + " told of a document in " + document.places + ": " + text)
              .isTrue();
          wordsSeen++;
        }
      }
      return reply;
    }

    private String what(String method, String path) {
      return PermissionLeakTest.repeat(round, holder) + ": " + method + " " + path;
    }
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static String repeat(int round, Holder holder) {
    return "-Dseed=%d, round %d, %s %s %s"
        .formatted(SEED, round, holder.access(), holder.verbs(), holder.headers());
  }

  private static Api.Reply send(Holder holder, String method, String path, @Nullable Object body) {
    return send(holder, method, path, body, holder.headers());
  }

  private static Api.Reply send(
      Holder holder,
      String method,
      String path,
      @Nullable Object body,
      Map<String, String> headers) {
    return holder
        .api()
        .send(
            method,
            path,
            body == null ? null : "application/json",
            body == null ? null : LeakWorld.bytes(body),
            headers);
  }
}
