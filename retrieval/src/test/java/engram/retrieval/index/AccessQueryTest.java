package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Filter;
import engram.retrieval.Filter.Operator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;

/// The compiled query against the definition in [Access] and [Filter].
class AccessQueryTest {
  private static final List<UUID> TENANTS = List.of(new UUID(0, 1), new UUID(0, 2));
  private static final List<String> COLLECTIONS = List.of("vs_1", "vs_2", "vs_3");

  record Doc(UUID tenant, String collection, Set<String> readers, Map<String, Object> attributes) {}

  record Question(Access access, List<String> collections, Filter filter) {
    boolean finds(Doc doc) {
      return access.tenant().equals(doc.tenant)
          && collections.contains(doc.collection)
          && access.mayRead(doc.readers, doc.attributes)
          && (filter == null || filter.matches(doc.attributes));
    }
  }

  @Property(tries = 60)
  void findsExactlyWhatTheDefinitionAllows(
      @ForAll("docs") List<Doc> docs, @ForAll("questions") List<Question> questions)
      throws Exception {
    Path folder = Files.createTempDirectory("access");
    try (Generation index = Generation.create(folder, IndexSettings.DEFAULT, new UUID(0, 0), 0)) {
      for (int i = 0; i < docs.size(); i++) {
        Doc doc = docs.get(i);
        index.put(
            new IndexedChunk(
                i,
                i,
                doc.tenant,
                doc.collection,
                doc.readers,
                doc.attributes,
                null,
                List.of(),
                "text",
                null,
                null));
        if (i == docs.size() / 2) {
          index.publish(0); // two segments
        }
      }
      index.publish(0);
      IndexSearcher searcher = index.acquire();
      for (Question question : questions) {
        Set<Integer> expected = new HashSet<>();
        for (int i = 0; i < docs.size(); i++) {
          if (question.finds(docs.get(i))) {
            expected.add(i);
          }
        }
        assertThat(found(searcher, question)).as("%s", question).isEqualTo(expected);
      }
      index.release(searcher);
    } finally {
      GenerationFolder.delete(folder);
    }
  }

  private static Set<Integer> found(IndexSearcher searcher, Question question) throws Exception {
    Set<Integer> found = new HashSet<>();
    for (String collection : question.collections) {
      Scope scope = Scope.of(question.access.tenant(), collection);
      Query narrowing = AccessQuery.narrowing(scope, question.access, question.filter);
      Query query = narrowing == null ? AccessQuery.everything(scope) : narrowing;
      collect(searcher, query, found);
    }
    return found;
  }

  private static void collect(IndexSearcher searcher, Query query, Set<Integer> found)
      throws Exception {
    for (ScoreDoc hit : searcher.search(query, 1000).scoreDocs) {
      for (var leaf : searcher.getLeafContexts()) {
        int doc = hit.doc - leaf.docBase;
        if (doc >= 0 && doc < leaf.reader().maxDoc()) {
          var ids = leaf.reader().getNumericDocValues(ChunkFields.CHUNK_ID);
          assertThat(ids.advanceExact(doc)).isTrue();
          found.add((int) ids.longValue());
        }
      }
    }
  }

  private static final Arbitrary<String> KEYS = Arbitraries.of("k", "k2", "", "ä", "k\0s");
  private static final Arbitrary<Object> STRINGS =
      Arbitraries.of(
          "",
          "a",
          "A",
          "b",
          "ab",
          "*",
          "z",
          "\uFFFD",
          "\uD83D\uDE00",
          "\uE000",
          "\uD83D",
          "a\uDE00",
          "a\0b",
          "\uFFFF");
  private static final Arbitrary<Object> NUMBERS =
      Arbitraries.of(
          0,
          -0.0,
          0.0,
          1,
          1L,
          1.5,
          -1,
          Double.MAX_VALUE,
          -Double.MAX_VALUE,
          Double.MIN_VALUE,
          1e300,
          Long.MAX_VALUE,
          (1L << 53) + 1);
  private static final Arbitrary<Object> FLAGS = Arbitraries.of(true, false);
  private static final Arbitrary<Object> VALUES = Arbitraries.oneOf(STRINGS, NUMBERS, FLAGS);
  private static final Arbitrary<Object> ODD =
      Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, List.of("a"), Map.of());
  private static final Arbitrary<String> PRINCIPALS =
      Arbitraries.of("user:ann", "group:x", "*", "");

  @Provide
  Arbitrary<List<Doc>> docs() {
    Arbitrary<Map<String, Object>> attributes =
        Arbitraries.maps(
                KEYS.filter(key -> key.indexOf('\0') < 0),
                Arbitraries.frequencyOf(Tuple.of(9, VALUES), Tuple.of(1, ODD)))
            .ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.of(TENANTS),
            Arbitraries.of(COLLECTIONS),
            PRINCIPALS.set().ofMaxSize(2),
            attributes)
        .as(Doc::new)
        .list()
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<List<Question>> questions() {
    Arbitrary<Access> accesses =
        Combinators.combine(
                Arbitraries.of(TENANTS),
                Arbitraries.of(true, false, false),
                PRINCIPALS.set().ofMaxSize(2),
                filters(2).injectNull(0.5))
            .as((tenant, all, who, filter) -> new Access(tenant, "a", all, who, null, filter));
    return Combinators.combine(
            accesses,
            Arbitraries.of(COLLECTIONS).list().ofMinSize(1).ofMaxSize(2),
            filters(3).injectNull(0.2))
        .as(Question::new)
        .list()
        .ofSize(10);
  }

  private static Arbitrary<Filter> filters(int depth) {
    Arbitrary<Filter> comparisons =
        Combinators.combine(KEYS, Arbitraries.of(Operator.class), VALUES)
            .as((key, operator, value) ->
                new Filter.Comparison(
                    key, value instanceof Boolean ? Operator.NE : operator, value));
    Arbitrary<List<Object>> values =
        Arbitraries.oneOf(
            STRINGS.list().ofMinSize(1).ofMaxSize(3),
            NUMBERS.list().ofMinSize(1).ofMaxSize(3),
            FLAGS.list().ofMinSize(1).ofMaxSize(2));
    Arbitrary<Filter> memberships =
        Combinators.combine(KEYS, values, Arbitraries.of(true, false)).as(Filter.Membership::new);
    if (depth == 0) {
      return Arbitraries.oneOf(comparisons, memberships);
    }
    Arbitrary<List<Filter>> parts = filters(depth - 1).list().ofMaxSize(3);
    return Arbitraries.oneOf(
        comparisons,
        memberships,
        parts.map(all -> (Filter) new Filter.And(all)),
        parts.map(any -> (Filter) new Filter.Or(any)));
  }
}
