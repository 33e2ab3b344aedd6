package engram.system;

import engram.retrieval.Access;
import engram.retrieval.Filter;
import engram.retrieval.Filter.Operator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Generated tenants, documents, keys and filters, with the definition of who may read what.
///
/// Each document has a word that stands nowhere else, in its text, its name and its attributes: a
/// reply that holds the word of a document which its caller may not read is a leak, whatever the
/// endpoint.
final class LeakWorld {
  static final String WORD = "lighthouse";
  private static final List<String> PRINCIPALS =
      List.of("user:ann", "user:bob", "group:sales", "group:law");
  private static final List<String> COLOURS = List.of("red", "green", "blue");
  private static final List<String> STATIONS =
      List.of("Kestrel", "Gullholm", "Varnes", "Tarbert", "Skerry", "Holmen", "Ronas", "Fetlar");

  private final Random random;
  private final Api operator;
  private int words;

  LeakWorld(long seed, Api operator) {
    this.random = new Random(seed);
    this.operator = operator;
  }

  Random random() {
    return random;
  }

  /// A document in one collection.
  record Place(Set<String> readers, Map<String, Object> attributes) {}

  /// A file, and where it stands as a document.
  static final class Planted {
    final String file;
    final String word;
    final String station;
    final Map<String, Place> places = new LinkedHashMap<>();

    Planted(String file, String word, String station) {
      this.file = file;
      this.word = word;
      this.station = station;
    }

    boolean readable(Access access, String collection) {
      Place place = places.get(collection);
      return place != null
          && access.mayUse(collection)
          && access.mayRead(place.readers(), place.attributes());
    }

    /// A file is there for whoever may read one of its documents.
    boolean readable(Access access) {
      return places.keySet().stream().anyMatch(collection -> readable(access, collection));
    }
  }

  record Tenant(Api admin, List<String> collections, List<Planted> documents) {}

  /// A key, perhaps acting as somebody.
  ///
  /// @param headers go with each of its requests
  record Holder(Api api, Access access, Set<String> verbs, Map<String, String> headers) {
    boolean may(String verb) {
      return verbs.contains(verb);
    }
  }

  Tenant tenant(String name, int documentCount) {
    Api admin =
        operator.with(
            operator
                .post("/api/tenants", Map.of("name", name))
                .path("admin_key")
                .path("secret")
                .asString());
    List<String> collections =
        List.of(admin.createCollection("one"), admin.createCollection("two"));
    List<Planted> documents = new ArrayList<>();
    for (int index = 0; index < documentCount; index++) {
      Planted planted = upload(admin);
      put(admin, planted, collections.get(random.nextInt(2)));
      if (random.nextInt(4) == 0) {
        put(admin, planted, collections.get(random.nextInt(2)));
      }
      documents.add(planted);
    }
    collections.forEach(collection -> admin.awaitIngested(collection, Duration.ofMinutes(2)));
    return new Tenant(admin, collections, documents);
  }

  private Planted upload(Api admin) {
    String word = "zq" + words++ + Long.toString(random.nextLong(1L << 40) + (1L << 40), 36);
    String station = STATIONS.get(random.nextInt(STATIONS.size()));
    String text =
        "The keeper of the %s at %s is %s. The lamp there burns %s oil."
            .formatted(WORD, station, word, word);
    String file =
        admin.upload(word + ".txt", text.getBytes(StandardCharsets.UTF_8)).path("id").asString();
    return new Planted(file, word, station);
  }

  /// Puts it in with readers and attributes of its own; again, where it is in already.
  void put(Api admin, Planted planted, String collection) {
    Set<String> readers = some(PRINCIPALS, 0.3);
    Map<String, Object> attributes = attributes();
    attributes.put("note", planted.word);
    admin.post(
        "/api/collections/" + collection + "/documents?refresh=wait",
        Map.of("file_id", planted.file, "attributes", attributes, "readers", readers));
    planted.places.put(collection, new Place(readers, attributes));
  }

  /// @param verbs those that it has in any case
  Holder holder(Tenant tenant, Set<String> verbs) {
    boolean readsAll = random.nextInt(4) == 0;
    Set<String> principals = some(PRINCIPALS, 0.4);
    @Nullable Set<String> usable =
        random.nextInt(3) == 0 ? Set.of(tenant.collections().getFirst()) : null;
    @Nullable Filter filter = random.nextInt(3) == 0 ? filter(2) : null;
    Set<String> all = new HashSet<>(verbs);
    all.addAll(some(List.of("write", "chat", "act_as"), 0.6));
    Access own = new Access(new UUID(0, 0), "key", readsAll, principals, usable, filter);
    Api api = tenant.admin().with(secret(tenant.admin(), own, all));
    Set<String> choice = readsAll ? Set.copyOf(PRINCIPALS) : principals;
    if ((readsAll || all.contains("act_as")) && !choice.isEmpty() && random.nextBoolean()) {
      Set<String> as = some(List.copyOf(choice), 0.5);
      if (!as.isEmpty()) {
        return new Holder(
            api,
            new Access(new UUID(0, 0), "key as", false, as, usable, filter),
            all,
            Map.of("Engram-Act-As", String.join(", ", as)));
      }
    }
    return new Holder(api, own, all, Map.of());
  }

  private static String secret(Api admin, Access access, Set<String> verbs) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", "generated");
    body.put("verbs", verbs);
    body.put("principals", access.principals());
    body.put("reads_all", access.readsAll());
    if (access.collections() != null) {
      body.put("collections", access.collections());
    }
    if (access.filter() != null) {
      body.put("filter", json(access.filter()));
    }
    return admin.post("/api/keys", body).path("secret").asString();
  }

  private Map<String, Object> attributes() {
    Map<String, Object> attributes = new HashMap<>();
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

  Filter filter(int depth) {
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

  static Map<String, Object> json(Filter filter) {
    return switch (filter) {
      case Filter.Comparison(var key, var operator, var value) ->
          Map.of("type", operator.name().toLowerCase(Locale.ROOT), "key", key, "value", value);
      case Filter.Membership(var key, var values, var negated) ->
          Map.of("type", negated ? "nin" : "in", "key", key, "value", values);
      case Filter.And(var filters) ->
          Map.of("type", "and", "filters", filters.stream().map(LeakWorld::json).toList());
      case Filter.Or(var filters) ->
          Map.of("type", "or", "filters", filters.stream().map(LeakWorld::json).toList());
    };
  }

  static byte[] bytes(Object body) {
    return JsonMapper.shared().writeValueAsBytes(body);
  }

  private Set<String> some(List<String> all, double share) {
    Set<String> some = new HashSet<>();
    all.stream().sorted().filter(unused -> random.nextDouble() < share).forEach(some::add);
    return some;
  }
}
