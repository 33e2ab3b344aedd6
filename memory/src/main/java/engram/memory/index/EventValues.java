package engram.memory.index;

import engram.memory.index.EventSearch.Spot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/// Reads what the index keeps beside the words, segment by segment in the order of documents.
final class EventValues {
  private final IndexReader reader;
  private final Term speaker;

  /// @param speaker owner and name
  EventValues(IndexReader reader, String speaker) {
    this.reader = reader;
    this.speaker = new Term(EventFields.SPEAKER, speaker);
  }

  /// In the order of documents.
  ///
  /// @param words score by document
  /// @param likeness cosine by document, of some of them
  List<Candidate> candidates(SortedMap<Integer, Double> words, Map<Integer, Double> likeness)
      throws IOException {
    List<Candidate> candidates = new ArrayList<>(words.size());
    for (LeafReaderContext leaf : reader.leaves()) {
      SortedMap<Integer, Double> here =
          words.subMap(leaf.docBase, leaf.docBase + leaf.reader().maxDoc());
      if (!here.isEmpty()) {
        Leaf values = new Leaf(leaf.reader());
        for (Map.Entry<Integer, Double> entry : here.entrySet()) {
          candidates.add(
              values.candidate(
                  entry.getKey() - leaf.docBase,
                  entry.getValue(),
                  likeness.getOrDefault(entry.getKey(), 0.0)));
        }
      }
    }
    return candidates;
  }

  Map<Spot, Candidate> at(List<Spot> spots) throws IOException {
    Map<Spot, Candidate> found = new HashMap<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Bits live = leaf.reader().getLiveDocs();
      TreeMap<Integer, Spot> here = new TreeMap<>();
      for (Spot spot : spots) {
        PostingsEnum docs =
            leaf.reader()
                .postings(EventFields.spot(spot.session(), spot.position()), PostingsEnum.NONE);
        while (docs != null && docs.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
          if (live == null || live.get(docs.docID())) {
            here.put(docs.docID(), spot);
          }
        }
      }
      if (!here.isEmpty()) {
        Leaf values = new Leaf(leaf.reader());
        for (Map.Entry<Integer, Spot> entry : here.entrySet()) {
          found.put(entry.getValue(), values.candidate(entry.getKey(), 0, 0));
        }
      }
    }
    return found;
  }

  /// The values of one segment, read forwards only.
  private final class Leaf {
    private final NumericDocValues seq;
    private final NumericDocValues session;
    private final NumericDocValues position;
    private final NumericDocValues at;
    private final NumericDocValues importance;
    private final PostingsEnum speakers;

    Leaf(LeafReader leaf) throws IOException {
      seq = leaf.getNumericDocValues(EventFields.SEQ);
      session = leaf.getNumericDocValues(EventFields.SESSION);
      position = leaf.getNumericDocValues(EventFields.POSITION);
      at = leaf.getNumericDocValues(EventFields.AT);
      importance = leaf.getNumericDocValues(EventFields.IMPORTANCE);
      speakers = leaf.postings(speaker, PostingsEnum.NONE);
    }

    Candidate candidate(int doc, double words, double likeness) throws IOException {
      return new Candidate(
          value(seq, doc),
          value(session, doc),
          (int) value(position, doc),
          value(at, doc),
          value(importance, doc) / 1_000.0,
          isAmong(speakers, doc),
          words,
          likeness);
    }
  }

  private static long value(NumericDocValues values, int doc) throws IOException {
    return values.advanceExact(doc) ? values.longValue() : 0;
  }

  private static boolean isAmong(PostingsEnum docs, int doc) throws IOException {
    if (docs == null) {
      return false;
    }
    int now = docs.docID() < doc ? docs.advance(doc) : docs.docID();
    return now == doc;
  }

  /// Some of the events that should have a vector and have none, by tenant.
  static Map<UUID, List<Long>> withoutVector(IndexReader reader, int countMax) throws IOException {
    Map<UUID, List<Long>> open = new HashMap<>();
    int count = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      Terms terms = leaf.reader().terms(EventFields.WITHOUT_VECTOR);
      if (terms == null) {
        continue;
      }
      Bits live = leaf.reader().getLiveDocs();
      TermsEnum tenants = terms.iterator();
      for (BytesRef tenant = tenants.next(); tenant != null; tenant = tenants.next()) {
        NumericDocValues seqs = leaf.reader().getNumericDocValues(EventFields.SEQ);
        PostingsEnum docs = tenants.postings(null, PostingsEnum.NONE);
        while (count < countMax && docs.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
          if (live == null || live.get(docs.docID())) {
            open.computeIfAbsent(UUID.fromString(tenant.utf8ToString()), key -> new ArrayList<>())
                .add(value(seqs, docs.docID()));
            count++;
          }
        }
      }
    }
    return open;
  }

  /// Hears how often a word stands in a document.
  interface Frequency {
    void of(int doc, int count);
  }

  /// @param docs ascending
  static void frequencies(
      IndexReader reader, Term word, Collection<Integer> docs, Frequency frequency)
      throws IOException {
    TreeMap<Integer, Boolean> wanted = new TreeMap<>();
    docs.forEach(doc -> wanted.put(doc, true));
    for (LeafReaderContext leaf : reader.leaves()) {
      SortedMap<Integer, Boolean> here =
          wanted.subMap(leaf.docBase, leaf.docBase + leaf.reader().maxDoc());
      PostingsEnum postings =
          here.isEmpty() ? null : leaf.reader().postings(word, PostingsEnum.FREQS);
      if (postings != null) {
        for (int doc : here.keySet()) {
          if (isAmong(postings, doc - leaf.docBase)) {
            frequency.of(doc, postings.freq());
          }
        }
      }
    }
  }
}
