package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;
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

/// The floor: Lucene's BM25 over title and text in one field, with an analyzer of Lucene's own.
final class BareRanking {
  private final Analyzer analyzer;
  private final IndexSearcher searcher;

  private BareRanking(Analyzer analyzer, List<JudgedCorpus.Text> texts) {
    this.analyzer = analyzer;
    ByteBuffersDirectory directory = new ByteBuffersDirectory();
    try {
      try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
        for (JudgedCorpus.Text text : texts) {
          Document document = new Document();
          document.add(new StoredField("id", text.id()));
          document.add(new TextField("text", text.whole(), Field.Store.NO));
          writer.addDocument(document);
        }
      }
      searcher = new IndexSearcher(DirectoryReader.open(directory));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// With the StandardAnalyzer, and with the language's own.
  static List<BareRanking> both(JudgedCorpus corpus) {
    Analyzer own =
        switch (corpus.language()) {
          case "de" -> new GermanAnalyzer();
          case "es" -> new SpanishAnalyzer();
          case "ru" -> new RussianAnalyzer();
          case "el" -> new GreekAnalyzer();
          case "ar" -> new ArabicAnalyzer();
          case "tr" -> new TurkishAnalyzer();
          case "zh" -> new CJKAnalyzer();
          default -> new EnglishAnalyzer();
        };
    return List.of(
        new BareRanking(new StandardAnalyzer(), corpus.texts()),
        new BareRanking(own, corpus.texts()));
  }

  /// @return ids of texts, best first
  List<String> rank(String query, int limit) {
    try {
      IndexSearcher.setMaxClauseCount(10_000);
      List<String> ids = new ArrayList<>();
      for (ScoreDoc hit : searcher.search(query(query), limit).scoreDocs) {
        ids.add(searcher.storedFields().document(hit.doc).get("id"));
      }
      return ids;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private BooleanQuery query(String text) throws IOException {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    try (TokenStream tokens = analyzer.tokenStream("text", text)) {
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
