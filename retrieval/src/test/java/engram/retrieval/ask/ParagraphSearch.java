package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.icu.ICUFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
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

/// BM25 over some paragraphs, in memory: the plainest retriever that a set can be measured with.
final class ParagraphSearch implements Retriever {
  static final String WITHOUT_ARTICLE = "without:";

  /// @param text what is searched
  /// @param hit what is found; its score does not matter
  record Entry(String article, String text, Hit hit) {}

  private final List<Entry> entries;
  private final IndexSearcher searcher;
  private final Analyzer analyzer =
      new Analyzer() {
        @Override
        protected TokenStreamComponents createComponents(String field) {
          Tokenizer words = new StandardTokenizer();
          return new TokenStreamComponents(words, new CJKBigramFilter(new ICUFoldingFilter(words)));
        }
      };

  private ParagraphSearch(List<Entry> entries) {
    this.entries = entries;
    try {
      ByteBuffersDirectory directory = new ByteBuffersDirectory();
      try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
        for (Entry entry : entries) {
          Document document = new Document();
          document.add(new TextField("text", entry.text(), Field.Store.NO));
          writer.addDocument(document);
        }
      }
      searcher = new IndexSearcher(DirectoryReader.open(directory));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ParagraphSearch over(List<Entry> entries) {
    return new ParagraphSearch(List.copyOf(entries));
  }

  static ParagraphSearch in(QuestionSet set) {
    List<Entry> entries = new ArrayList<>();
    for (QuestionSet.Paragraph paragraph : set.paragraphs()) {
      Hit hit = hit(entries.size(), paragraph);
      entries.add(new Entry(paragraph.article(), paragraph.text(), hit));
    }
    return over(entries);
  }

  /// A collection called `without:ARTICLE` holds everything but that article.
  @Override
  public SearchPage search(Access access, SearchRequest request) {
    String collection = request.collections().getFirst();
    String hidden =
        collection.startsWith(WITHOUT_ARTICLE)
            ? collection.substring(WITHOUT_ARTICLE.length())
            : "";
    try {
      BooleanQuery.Builder query = new BooleanQuery.Builder();
      for (String asked : request.queries()) {
        try (TokenStream terms = analyzer.tokenStream("text", asked)) {
          CharTermAttribute term = terms.addAttribute(CharTermAttribute.class);
          terms.reset();
          while (terms.incrementToken()) {
            query.add(new TermQuery(new Term("text", term.toString())), BooleanClause.Occur.SHOULD);
          }
        }
      }
      List<Hit> hits = new ArrayList<>();
      int more = hidden.isEmpty() ? 0 : 100;
      float top = 0;
      for (ScoreDoc found : searcher.search(query.build(), request.limit() + more).scoreDocs) {
        Entry entry = entries.get(found.doc);
        if (!entry.article().equals(hidden) && hits.size() < request.limit()) {
          top = Math.max(top, found.score);
          hits.add(scored(entry.hit(), found.score / top));
        }
      }
      return new SearchPage(hits, false, List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Hit hit(int id, QuestionSet.Paragraph paragraph) {
    Span span = new Span(0, paragraph.text().length());
    Source source =
        new Source("c", "file-" + id, "paragraph.txt", 1, null, List.of(), 0, 0, List.of(), span);
    int tokens = paragraph.text().length() / 4;
    return new Hit(id, id, source, paragraph.text(), tokens, Map.of(), 0, List.of(), null);
  }

  private static Hit scored(Hit hit, double score) {
    return new Hit(
        hit.chunkId(),
        hit.documentId(),
        hit.source(),
        hit.text(),
        hit.tokens(),
        hit.attributes(),
        score,
        hit.highlights(),
        hit.explanation());
  }
}
