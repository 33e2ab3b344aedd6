package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;

/// Lucene with nothing around it: BM25 over one field with the StandardAnalyzer, texts stored.
final class BareSearch {
  private static final Analyzer ANALYZER = new StandardAnalyzer();
  private final IndexSearcher searcher;

  BareSearch(List<String> texts) {
    this(texts, new ByteBuffersDirectory());
  }

  BareSearch(List<String> texts, Directory directory) {
    try {
      try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(ANALYZER))) {
        for (int index = 0; index < texts.size(); index++) {
          writer.addDocument(document(index, texts.get(index)));
        }
      }
      searcher = new IndexSearcher(DirectoryReader.open(directory));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static Document document(int index, String text) {
    Document document = new Document();
    document.add(new StoredField("index", index));
    document.add(new TextField("text", text, Field.Store.YES));
    return document;
  }

  /// @return the index of the best text, -1 if none matches
  int first(String query) {
    try {
      ScoreDoc[] hits = searcher.search(query(query), 1).scoreDocs;
      return hits.length == 0
          ? -1
          : searcher
              .storedFields()
              .document(hits[0].doc)
              .getField("index")
              .numericValue()
              .intValue();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// @param score as a share of the best text's
  record Found(int index, double score) {}

  /// The best texts, best first.
  List<Found> ranked(String query, int limit) {
    try {
      List<Found> all = new ArrayList<>();
      ScoreDoc[] hits = searcher.search(query(query), limit).scoreDocs;
      for (ScoreDoc hit : hits) {
        Number index = searcher.storedFields().document(hit.doc).getField("index").numericValue();
        all.add(new Found(index.intValue(), hit.score / hits[0].score));
      }
      return all;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Ten hits with their texts, as a caller needs them.
  ///
  /// @return characters read, so that the reading cannot be optimised away
  long top(String query, int limit) {
    try {
      long read = 0;
      for (ScoreDoc hit : searcher.search(query(query), limit).scoreDocs) {
        read += searcher.storedFields().document(hit.doc).get("text").length();
      }
      return read;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static BooleanQuery query(String text) throws IOException {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    try (TokenStream tokens = ANALYZER.tokenStream("text", text)) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      while (tokens.incrementToken()) {
        query.add(new TermQuery(new Term("text", term.toString())), BooleanClause.Occur.SHOULD);
      }
      tokens.end();
    }
    return query.build();
  }
}
