package engram.retrieval.search;

import engram.retrieval.index.ChunkFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopFieldDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;

/// The best chunks of one list, ties in the order of their ids: Lucene's own order of ties changes
/// when segments merge, and a page must not.
///
/// @param more whether there may be chunks beyond these
record Candidates(List<Candidate> best, boolean more) {
  /// @param place index of the collection that it was found in
  /// @param luceneDoc its number in the view that found it
  record Candidate(long chunkId, long documentId, int place, int luceneDoc, float score) {}

  private static final Sort SCORE_THEN_ID =
      new Sort(SortField.FIELD_SCORE, new SortField(ChunkFields.CHUNK_ID, SortField.Type.LONG));

  // Written out: the comparators that Comparator makes of keys took a tenth of a search's time.
  private static final Comparator<Candidate> BEST_FIRST =
      (a, b) -> {
        int order = Float.compare(b.score(), a.score());
        return order != 0 ? order : Long.compare(a.chunkId(), b.chunkId());
      };

  /// Lucene's order, in which its columns are read.
  static final Comparator<ScoreDoc> BY_DOC = (a, b) -> Integer.compare(a.doc, b.doc);

  static final Candidates NONE = new Candidates(List.of(), false);

  /// @param count how many are wanted; fewer come only if there are fewer
  /// @param most what scores 1
  static Candidates top(IndexSearcher searcher, int place, Query query, int count, double most)
      throws IOException {
    int readable = Math.max(1, searcher.getIndexReader().maxDoc());
    int read = Math.min(count + 4, readable);
    TopDocs top = searcher.search(query, new TopScoreDocCollectorManager(read, null, read));
    ScoreDoc[] docs = top.scoreDocs;
    boolean more = docs.length > count;
    if (more && docs[count - 1].score == docs[docs.length - 1].score) {
      // The ties at the cut go on beyond what was read: which of them to take is told by the ids.
      TopFieldDocs sorted = searcher.search(query, count, SCORE_THEN_ID, true);
      return new Candidates(candidates(searcher, place, sorted.scoreDocs, count, most), true);
    }
    return new Candidates(candidates(searcher, place, docs, count, most), more);
  }

  /// The best of these, which score in `[0, 1]`.
  static Candidates of(IndexSearcher searcher, int place, ScoreDoc[] docs, int count)
      throws IOException {
    return new Candidates(candidates(searcher, place, docs, count, 1), docs.length > count);
  }

  /// The best of several lists.
  static Candidates merged(List<Candidates> each, int count) {
    if (each.size() == 1) {
      return each.getFirst();
    }
    List<Candidate> all = new ArrayList<>();
    boolean more = false;
    for (Candidates one : each) {
      all.addAll(one.best());
      more |= one.more();
    }
    all.sort(BEST_FIRST);
    return all.size() > count
        ? new Candidates(all.subList(0, count), true)
        : new Candidates(all, more);
  }

  /// Those of one collection.
  List<Candidate> in(int place) {
    return best.stream().filter(candidate -> candidate.place() == place).toList();
  }

  /// @param docs in any order, which is lost
  private static List<Candidate> candidates(
      IndexSearcher searcher, int place, ScoreDoc[] docs, int count, double most)
      throws IOException {
    Arrays.sort(docs, BY_DOC);
    List<LeafReaderContext> leaves = searcher.getLeafContexts();
    List<Candidate> candidates = new ArrayList<>(docs.length);
    int at = 0;
    while (at < docs.length) {
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(docs[at].doc, leaves));
      int end = leaf.docBase + leaf.reader().maxDoc();
      NumericDocValues chunks = DocValues.getNumeric(leaf.reader(), ChunkFields.CHUNK_ID);
      NumericDocValues documents = DocValues.getNumeric(leaf.reader(), ChunkFields.DOCUMENT_ID);
      for (; at < docs.length && docs[at].doc < end; at++) {
        candidates.add(
            new Candidate(
                number(chunks, docs[at].doc - leaf.docBase),
                number(documents, docs[at].doc - leaf.docBase),
                place,
                docs[at].doc,
                (float) Math.min(1, docs[at].score / most)));
      }
    }
    candidates.sort(BEST_FIRST);
    return candidates.size() > count ? candidates.subList(0, count) : candidates;
  }

  private static long number(NumericDocValues numbers, int doc) throws IOException {
    if (!numbers.advanceExact(doc)) {
      throw new IllegalStateException("an indexed chunk has no id");
    }
    return numbers.longValue();
  }
}
