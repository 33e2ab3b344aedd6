package engram.bench;

import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import engram.system.Api;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Questions whose chunk is known, and how they are asked of a running server.
final class SpeedQueries {
  static final int COUNT = 2_000;

  /// What a search goes by.
  enum Kind {
    WORDS(1, 0),
    VECTORS(0, 1),
    BOTH(0.5, 0.5);

    private final double text;
    private final double embedding;

    Kind(double text, double embedding) {
      this.text = text;
      this.embedding = embedding;
    }
  }

  /// @param target index of the chunk that it was made from
  record Query(String text, int target) {}

  private final RunningCollection place;
  private final List<Query> queries;

  /// Where they are asked.
  record RunningCollection(String url, String key, String collection) {
    String path() {
      return "/api/collections/" + collection + "/search";
    }
  }

  /// Before anything is there to ask about.
  static final SpeedQueries NONE = new SpeedQueries(new RunningCollection("", "", ""), List.of());

  private SpeedQueries(RunningCollection place, List<Query> queries) {
    this.place = place;
    this.queries = queries;
  }

  /// Made from chunks that every second document's readers may read.
  static SpeedQueries of(RunningCollection place, SpeedCorpus corpus, List<Chunk> chunks) {
    List<Query> queries = new ArrayList<>();
    while (queries.size() < COUNT) {
      int target = corpus.random(chunks.size());
      Chunk chunk = chunks.get(target);
      if (Share.HALF.reads(chunk.document())) {
        String other = chunks.get(corpus.random(chunks.size())).text();
        String text = corpus.query(chunk.text(), other);
        if (!text.isBlank()) {
          queries.add(new Query(text, target));
        }
      }
    }
    return new SpeedQueries(place, queries);
  }

  List<Query> all() {
    return queries;
  }

  Load.Clients clients(Kind kind, Share share) {
    List<byte[]> bodies = queries.stream().map(query -> body(query.text(), kind)).toList();
    return Load.http(place.url(), place.key(), place.path(), acting(share), bodies);
  }

  private static String acting(Share share) {
    return "Engram-Act-As: " + share.principal() + "\r\n";
  }

  private static byte[] body(String query, Kind kind) {
    Map<String, Object> body =
        Map.of(
            "query",
            query,
            "limit",
            10,
            "text_weight",
            kind.text,
            "embedding_weight",
            kind.embedding);
    return JsonMapper.shared().writeValueAsBytes(body);
  }

  /// @return ids of the ten best
  Set<Long> hits(Query query, Kind kind, Share share) {
    Api api = new Api(place.url(), place.key());
    Api.Reply reply =
        api.send(
            "POST",
            place.path(),
            "application/json",
            body(query.text(), kind),
            Map.of("Engram-Act-As", share.principal()));
    if (reply.status() != 200) {
      throw new IllegalStateException("a search gave " + reply.text());
    }
    JsonNode found = reply.json();
    // A query of which the model is late is answered by words alone, and says so.
    if (kind != Kind.WORDS && !found.path("notes").isEmpty()) {
      throw new IllegalStateException("a search was not what it should be: " + found.path("notes"));
    }
    Set<Long> ids = new HashSet<>();
    found.path("hits").forEach(hit -> ids.add(hit.path("chunk_id").asLong()));
    return ids;
  }
}
