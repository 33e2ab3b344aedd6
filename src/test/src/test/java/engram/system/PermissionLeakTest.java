package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Filter;
import engram.retrieval.Filter.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Generated tenants, keys, permissions and filters against the real server: whatever a key asks,
/// it gets exactly the documents that it may read. Repeat with `-Dseed=…`.
class PermissionLeakTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("rounds", 6);
  private static final int QUERIES_PER_KEY = 6;
  private static final List<String> PRINCIPALS =
      List.of("user:ann", "user:bob", "group:sales", "group:law");
  private static final List<String> COLOURS = List.of("red", "green", "blue");

  private final Random random = new Random(SEED);
  private final Api operator = RunningServer.shared().admin();

  private record Written(
      String collection, String file, Set<String> readers, Map<String, Object> attributes) {}

  private record Tenant(Api admin, List<String> collections, List<Written> documents) {}

  @Test
  void noKeyEverGetsADocumentThatItMayNotRead() {
    for (int round = 0; round < ROUNDS; round++) {
      List<Tenant> tenants = List.of(tenant(round, "a"), tenant(round, "b"));
      for (Tenant tenant : tenants) {
        for (int key = 0; key < 4; key++) {
          ask(tenant, tenants, round);
        }
      }
    }
  }

  private Tenant tenant(int round, String name) {
    JsonNode made =
        operator.post(
            "/api/tenants", Map.of("name", "leak-" + Long.toString(SEED, 36) + "-" + round + name));
    Api admin = operator.with(made.path("admin_key").path("secret").asString());
    List<String> collections =
        List.of(admin.createCollection("one"), admin.createCollection("two"));
    List<Written> documents = new ArrayList<>();
    for (int index = 0; index < 10; index++) {
      String collection = collections.get(random.nextInt(2));
      Set<String> readers = some(PRINCIPALS, 0.3);
      Map<String, Object> attributes = attributes();
      String file =
          admin
              .upload(
                  "d" + index + ".txt",
                  ("lighthouse report number " + index)
                      .getBytes(java.nio.charset.StandardCharsets.UTF_8))
              .path("id")
              .asString();
      admin.post(
          "/api/collections/" + collection + "/documents",
          Map.of("file_id", file, "attributes", attributes, "readers", readers));
      documents.add(new Written(collection, file, readers, attributes));
    }
    collections.forEach(
        collection -> admin.awaitIngested(collection, java.time.Duration.ofMinutes(2)));
    return new Tenant(admin, collections, documents);
  }

  private void ask(Tenant tenant, List<Tenant> all, int round) {
    boolean readsAll = random.nextInt(4) == 0;
    Set<String> principals = some(PRINCIPALS, 0.4);
    @Nullable Set<String> usable =
        random.nextInt(3) == 0 ? Set.of(tenant.collections().getFirst()) : null;
    @Nullable Filter keyFilter = random.nextInt(3) == 0 ? filter(2) : null;
    Access access = new Access(new UUID(0, 0), "key", readsAll, principals, usable, keyFilter);
    Api key = tenant.admin().with(secret(tenant, access));
    for (int query = 0; query < QUERIES_PER_KEY; query++) {
      @Nullable Filter asked = random.nextInt(2) == 0 ? filter(3) : null;
      for (Tenant other : all) {
        for (String collection : other.collections()) {
          check(key, access, other == tenant ? tenant : null, collection, asked, round);
        }
      }
    }
  }

  /// @param owner null when the collection is another tenant's
  private void check(
      Api key,
      Access access,
      @Nullable Tenant owner,
      String collection,
      @Nullable Filter asked,
      int round) {
    Map<String, Object> body =
        new HashMap<>(Map.of("query", "lighthouse report", "max_num_results", 50));
    if (asked != null) {
      body.put("filters", json(asked));
    }
    String what = "-Dseed=%d, round %d, access %s, filter %s".formatted(SEED, round, access, asked);
    var reply =
        key.send(
            "POST",
            "/v1/vector_stores/" + collection + "/search",
            "application/json",
            tools.jackson.databind.json.JsonMapper.shared().writeValueAsBytes(body),
            Map.of());
    if (owner == null || !access.mayUse(collection)) {
      assertThat(reply.status()).as(what).isEqualTo(404);
      return;
    }
    assertThat(reply.status()).as(what + reply.text()).isEqualTo(200);
    Set<String> got = new HashSet<>();
    reply.json().path("data").forEach(hit -> got.add(hit.path("file_id").asString()));
    Set<String> allowed = new HashSet<>();
    for (Written document : owner.documents()) {
      if (document.collection().equals(collection)
          && access.mayRead(document.readers(), document.attributes())
          && (asked == null || asked.matches(document.attributes()))) {
        allowed.add(document.file());
      }
    }
    assertThat(got).as(what).isEqualTo(allowed);
    checkLists(key, access, owner, collection, what);
  }

  private static void checkLists(
      Api key, Access access, Tenant owner, String collection, String what) {
    Set<String> listed = new HashSet<>();
    key.get("/v1/vector_stores/" + collection + "/files?limit=100")
        .path("data")
        .forEach(row -> listed.add(row.path("id").asString()));
    Set<String> readable = new HashSet<>();
    for (Written document : owner.documents()) {
      if (document.collection().equals(collection)
          && access.mayRead(document.readers(), document.attributes())) {
        readable.add(document.file());
      }
    }
    assertThat(listed).as(what).isEqualTo(readable);
  }

  private String secret(Tenant tenant, Access access) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", "generated");
    body.put("verbs", List.of("read"));
    body.put("principals", access.principals());
    body.put("reads_all", access.readsAll());
    if (access.collections() != null) {
      body.put("collections", access.collections());
    }
    if (access.filter() != null) {
      body.put("filter", json(access.filter()));
    }
    return tenant.admin().post("/api/keys", body).path("secret").asString();
  }

  private Map<String, Object> attributes() {
    Map<String, Object> attributes = new LinkedHashMap<>();
    if (random.nextInt(4) > 0) {
      attributes.put("colour", COLOURS.get(random.nextInt(COLOURS.size())));
    }
    if (random.nextInt(4) > 0) {
      attributes.put("year", 2020 + random.nextInt(5));
    }
    if (random.nextInt(3) > 0) {
      attributes.put("draft", random.nextBoolean());
    }
    if (random.nextInt(6) == 0) {
      attributes.put("year", "two thousand");
    }
    return attributes;
  }

  private Filter filter(int depth) {
    return switch (random.nextInt(depth > 0 ? 6 : 4)) {
      case 0 ->
          new Filter.Comparison("colour", operator(), COLOURS.get(random.nextInt(COLOURS.size())));
      case 1 -> new Filter.Comparison("year", operator(), 2020 + random.nextInt(5));
      case 2 ->
          new Filter.Comparison(
              "draft", random.nextBoolean() ? Operator.EQ : Operator.NE, random.nextBoolean());
      case 3 -> new Filter.Membership("colour", List.of("red", "blue"), random.nextBoolean());
      case 4 -> new Filter.And(List.of(filter(depth - 1), filter(depth - 1)));
      default -> new Filter.Or(List.of(filter(depth - 1), filter(depth - 1)));
    };
  }

  private Operator operator() {
    return Operator.values()[random.nextInt(Operator.values().length)];
  }

  private static Map<String, Object> json(Filter filter) {
    return switch (filter) {
      case Filter.Comparison(var key, var operator, var value) ->
          Map.of(
              "type",
              operator.name().toLowerCase(java.util.Locale.ROOT),
              "key",
              key,
              "value",
              value);
      case Filter.Membership(var key, var values, var negated) ->
          Map.of("type", negated ? "nin" : "in", "key", key, "value", values);
      case Filter.And(var filters) ->
          Map.of("type", "and", "filters", filters.stream().map(PermissionLeakTest::json).toList());
      case Filter.Or(var filters) ->
          Map.of("type", "or", "filters", filters.stream().map(PermissionLeakTest::json).toList());
    };
  }

  private Set<String> some(List<String> all, double share) {
    Set<String> some = new HashSet<>();
    all.stream().filter(unused -> random.nextDouble() < share).forEach(some::add);
    return some;
  }
}
