package engram.retrieval.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocAndFloatFeatureBuffer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.DocIdSetBuilder;
import org.jspecify.annotations.Nullable;

/// The permitted chunks that are about nearest to a vector, segment by segment, by its shortened
/// vectors: a walk over the segment's graph, or, where few are permitted, a comparison with each.
///
/// Each segment is walked for its share of what is wanted and three standard deviations more, a
/// binomial's with the permitted chunks spread at random; where the nearest do lie in one segment,
/// that is walked again for all of them (Lucene does the same by segments' sizes).
///
/// One thread.
final class GraphWalks {
  /// Through what is not permitted like through the rest. Of two steps at once over it (ACORN,
  /// Patel et al., SIGMOD 2024; Lucene does so by default) as much work found less:
  /// `bench/retrieval-speed` compares both.
  private static final KnnSearchStrategy WALK = new KnnSearchStrategy.Hnsw(0);

  /// A walk that has to pass what is not permitted sees more of the graph on its way, and finds
  /// more of what it looks for. One that has not is made as long as with half permitted: it looks
  /// for so many times as much.
  private static final double ALL_PERMITTED = 2;

  private static final double DEVIATIONS = 3;

  private final IndexSearcher searcher;
  private final String field;
  private final float[] vector;
  private final int comparedMax;

  /// Numbers of chunks in the whole view, ascending.
  private final int[] seeds;

  /// @param comparedMax so many chunks are all compared in no more time than a walk takes: one
  ///   after the other they come sooner from memory
  /// @param seeds where walks start, numbers of chunks in the whole view; may be empty
  GraphWalks(IndexSearcher searcher, String field, float[] vector, int comparedMax, int[] seeds) {
    this.searcher = searcher;
    this.field = field;
    this.vector = vector;
    this.comparedMax = comparedMax;
    this.seeds = seeds.clone();
    Arrays.sort(this.seeds);
  }

  /// A segment and what may be found in it.
  ///
  /// @param count of the permitted chunks with a vector, at most
  /// @param share of those with a vector that are permitted
  private record Ground(LeafReaderContext leaf, AcceptDocs permitted, int count, double share) {}

  /// @return about the `wanted` nearest in no order, numbered by the whole view; fewer only if
  ///   fewer are permitted, or when the searcher's time is over
  ScoreDoc[] nearest(Query permitted, int wanted) throws IOException {
    List<Ground> grounds = grounds(permitted);
    double all = grounds.stream().mapToLong(Ground::count).sum();
    List<ScoreDoc[]> found = new ArrayList<>(grounds.size());
    for (Ground ground : grounds) {
      double share = ground.count() / all;
      double sure = wanted * share + DEVIATIONS * Math.sqrt(wanted * share * (1 - share));
      int count = Math.min(wanted, (int) Math.ceil(sure));
      found.add(inSegment(ground, count, seedsIn(ground.leaf())));
    }
    if (grounds.size() > 1) {
      float last = lastOf(found, wanted);
      for (int i = 0; i < found.size(); i++) {
        ScoreDoc[] one = found.get(i);
        boolean mayHaveMore =
            one.length > 0 && one.length < Math.min(wanted, grounds.get(i).count());
        if (mayHaveMore && one[one.length - 1].score >= last) {
          found.set(i, inSegment(grounds.get(i), wanted, numbers(grounds.get(i).leaf(), one)));
        }
      }
    }
    return best(found, wanted);
  }

  private List<Ground> grounds(Query permitted) throws IOException {
    Weight weight =
        searcher.createWeight(searcher.rewrite(permitted), ScoreMode.COMPLETE_NO_SCORES, 1);
    List<Ground> grounds = new ArrayList<>();
    for (LeafReaderContext leaf : searcher.getLeafContexts()) {
      LeafReader reader = leaf.reader();
      FloatVectorValues values = reader.getFloatVectorValues(field);
      if (values != null && values.size() > 0) {
        AcceptDocs accepted =
            AcceptDocs.fromIteratorSupplier(
                () -> {
                  Scorer scorer = weight.scorer(leaf);
                  return scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
                },
                reader.getLiveDocs(),
                reader.maxDoc());
        int count = Math.min(accepted.cost(), values.size());
        if (count > 0) {
          grounds.add(new Ground(leaf, accepted, count, (double) count / values.size()));
        }
      }
    }
    return grounds;
  }

  /// @return best first
  private ScoreDoc[] inSegment(Ground ground, int wanted, int[] from) throws IOException {
    TopKnnCollector top = null;
    if (!soonerCompared(ground, wanted)) {
      top = walked(ground, wanted, from);
    }
    if (top == null) {
      top = new TopKnnCollector(wanted, Integer.MAX_VALUE);
      compareAll(ground, top);
    }
    TopDocs found = top.topDocs();
    for (ScoreDoc doc : found.scoreDocs) {
      doc.doc += ground.leaf().docBase;
    }
    return found.scoreDocs;
  }

  /// The fewer are permitted, the longer is the way to as many.
  private boolean soonerCompared(Ground ground, int wanted) {
    return ground.count() <= Math.max(wanted, comparedMax / ground.share());
  }

  /// @return null if the walk saw so much that all would better have been compared
  private @Nullable TopKnnCollector walked(Ground ground, int wanted, int[] from)
      throws IOException {
    double more = Math.max(1, ALL_PERMITTED * ground.share());
    TopKnnCollector top =
        new TopKnnCollector(
            (int) Math.min(ground.count(), Math.ceil(wanted * more)),
            Integer.MAX_VALUE,
            strategy(ground, from));
    KnnCollector bounded = new Bounded(top, ground.count());
    GraphOfVectors graph = GraphOfVectors.in(ground.leaf().reader(), field);
    if (graph == null) {
      ground.leaf().reader().searchNearestVectors(field, vector, bounded, ground.permitted());
    } else {
      graph.walk(vector, bounded, ground.permitted());
    }
    boolean lost = top.numCollected() < wanted || top.visitedCount() > ground.count();
    return lost && !timeOver() ? null : top;
  }

  private void compareAll(Ground ground, TopKnnCollector top) throws IOException {
    FloatVectorValues values = ground.leaf().reader().getFloatVectorValues(field);
    VectorScorer.Bulk scorer = values.scorer(vector).bulk(ground.permitted().iterator());
    DocAndFloatFeatureBuffer compared = new DocAndFloatFeatureBuffer();
    while (!timeOver()) {
      float most = scorer.nextDocsAndScores(DocIdSetIterator.NO_MORE_DOCS, null, compared);
      if (compared.size == 0) {
        return;
      }
      if (most > top.minCompetitiveSimilarity()) {
        for (int i = 0; i < compared.size; i++) {
          top.collect(compared.docs[i], compared.features[i]);
        }
      }
    }
  }

  private boolean timeOver() {
    QueryTimeout timeout = searcher.getTimeout();
    return timeout != null && timeout.shouldExit();
  }

  private KnnSearchStrategy strategy(Ground ground, int[] from) throws IOException {
    if (from.length == 0) {
      return WALK;
    }
    KnnVectorValues.DocIndexIterator chunks =
        ground.leaf().reader().getFloatVectorValues(field).iterator();
    DocIdSetBuilder nodes = new DocIdSetBuilder(ground.leaf().reader().maxDoc());
    DocIdSetBuilder.BulkAdder adder = nodes.grow(from.length);
    int count = 0;
    for (int chunk : from) {
      if (chunks.docID() < chunk && chunks.advance(chunk) == chunk) {
        adder.add(chunks.index());
        count++;
      }
    }
    DocIdSetIterator starts = nodes.build().iterator();
    return count == 0 ? WALK : new KnnSearchStrategy.Seeded(starts, count, WALK);
  }

  /// Numbered by the segment, ascending.
  private int[] seedsIn(LeafReaderContext leaf) {
    int end = leaf.docBase + leaf.reader().maxDoc();
    return Arrays.stream(seeds)
        .filter(seed -> seed >= leaf.docBase && seed < end)
        .map(seed -> seed - leaf.docBase)
        .toArray();
  }

  private static int[] numbers(LeafReaderContext leaf, ScoreDoc[] found) {
    return Arrays.stream(found).mapToInt(doc -> doc.doc - leaf.docBase).sorted().toArray();
  }

  /// The score of the last that is wanted, if each segment's best are all there is.
  private static float lastOf(List<ScoreDoc[]> found, int wanted) {
    ScoreDoc[] best = best(found, wanted);
    return best.length < wanted ? Float.NEGATIVE_INFINITY : best[best.length - 1].score;
  }

  /// @return best first
  private static ScoreDoc[] best(List<ScoreDoc[]> found, int wanted) {
    return found.stream()
        .flatMap(Arrays::stream)
        .sorted((a, b) -> Float.compare(b.score, a.score))
        .limit(wanted)
        .toArray(ScoreDoc[]::new);
  }

  /// Stops a walk that has seen more than is permitted, which would better be compared, or whose
  /// time is over.
  private final class Bounded extends KnnCollector.Decorator {
    private final int visitedMax;

    Bounded(KnnCollector collector, int visitedMax) {
      super(collector);
      this.visitedMax = visitedMax;
    }

    @Override
    public boolean earlyTerminated() {
      return visitedCount() > visitedMax || timeOver();
    }
  }
}
