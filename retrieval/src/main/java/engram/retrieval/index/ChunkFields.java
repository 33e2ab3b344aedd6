package engram.retrieval.index;

import engram.retrieval.index.TextAnalysis.Language;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KeywordField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/// A chunk as a Lucene document. Change [Generation#FORMAT] with anything here or in
/// [TextAnalysis]: an index of another format is built anew.
public final class ChunkFields {
  public static final String CHUNK_ID = "chunk_id";
  public static final String DOCUMENT_ID = "document_id";

  /// Title, headings, context and text together: measured better than apart on short documents.
  public static final String TEXT = "text";

  /// Title and headings alone, to prefer chunks whose section is about the question.
  public static final String TITLE = "title";

  /// See [Scope#length].
  static final String LENGTH = "length";

  /// Tenant and collection in one term, so that no query can name the one without the other.
  static final String SCOPE = "scope";

  static final String READER = "reader";
  static final String ATTRIBUTE = "attribute";

  /// Embeddings longer than this are not indexed.
  public static final int VECTOR_DIMENSIONS_MAX = 4_096;

  private ChunkFields() {}

  static Document document(IndexedChunk chunk) {
    Document document = new Document();
    BytesRef chunkId = idBytes(chunk.id());
    document.add(new StringField(CHUNK_ID, chunkId, Field.Store.NO));
    document.add(new NumericDocValuesField(CHUNK_ID, chunk.id()));
    document.add(new StringField(DOCUMENT_ID, idBytes(chunk.documentId()), Field.Store.NO));
    document.add(new NumericDocValuesField(DOCUMENT_ID, chunk.documentId()));
    Scope scope = Scope.of(chunk.tenant(), chunk.collectionId(), chunk.build());
    document.add(new StringField(SCOPE, scope.key(), Field.Store.NO));
    addReaders(document, chunk, scope);
    chunk
        .attributes()
        .forEach((key, value) -> {
          BytesRef term = AttributeTerms.term(key, value);
          if (term != null) {
            document.add(new KeywordField(ATTRIBUTE, scope.attribute(term), Field.Store.NO));
          }
        });
    addText(document, chunk, scope);
    addVector(document, chunk);
    return document;
  }

  private static void addReaders(Document document, IndexedChunk chunk, Scope scope) {
    if (chunk.readers().isEmpty()) {
      document.add(new StringField(READER, scope.everybody(), Field.Store.NO));
    }
    for (String reader : chunk.readers()) {
      BytesRef term = scope.reader(reader);
      if (term != null) {
        document.add(new StringField(READER, term, Field.Store.NO));
      }
    }
  }

  private static void addText(Document document, IndexedChunk chunk, Scope scope) {
    String head = head(chunk.title(), chunk.headingPath());
    Language language = LanguageHint.of(chunk.text(), chunk.language(), chunk.analysis());
    Analyzer analyzer = TextAnalysis.forText(language);
    String body = chunk.context().isEmpty() ? chunk.text() : chunk.context() + "\n" + chunk.text();
    String all = head.isEmpty() ? body : head + body;
    List<ScopedWords> fields = new ArrayList<>();
    fields.add(new ScopedWords(TEXT, scope, analyzer.tokenStream(TEXT, all)));
    if (!head.isEmpty()) {
      fields.add(new ScopedWords(TITLE, scope, analyzer.tokenStream(TITLE, head)));
    }
    for (ScopedWords words : fields) {
      document.add(new TextField(words.field(), words));
    }
    document.add(new Field(LENGTH, new ScopedWords.Lengths(fields), FREQUENCIES));
  }

  /// Title and headings, each on a line; what a chunk's text is indexed with.
  public static String head(@Nullable String title, List<String> headingPath) {
    StringBuilder head = new StringBuilder();
    if (title != null) {
      head.append(title).append('\n');
    }
    for (String heading : headingPath) {
      if (!Objects.equals(heading, title)) {
        head.append(heading).append('\n');
      }
    }
    return head.toString();
  }

  private static final FieldType FREQUENCIES = new FieldType();

  static {
    FREQUENCIES.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    FREQUENCIES.setOmitNorms(true);
    FREQUENCIES.freeze();
  }

  private static void addVector(Document document, IndexedChunk chunk) {
    String model = chunk.embeddingModel();
    float[] embedding = chunk.embedding();
    if (model == null || embedding == null || embedding.length > VECTOR_DIMENSIONS_MAX) {
      return;
    }
    float[] unit = unit(embedding);
    if (unit != null) {
      document.add(
          new KnnFloatVectorField(
              vectorField(model, unit.length), unit, VectorSimilarityFunction.DOT_PRODUCT));
    }
  }

  /// One field per model and length, so that vectors of different models never meet.
  public static String vectorField(String model, int dimensions) {
    CRC32C crc = new CRC32C();
    crc.update(model.getBytes(StandardCharsets.UTF_8));
    String readable = model.replaceAll("[^A-Za-z0-9]+", "_");
    String start = readable.substring(0, Math.min(40, readable.length()));
    return "vector_"
        + dimensions
        + "_"
        + start
        + "_"
        + HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /// The vector with length 1; null if it has no direction.
  public static float @Nullable [] unit(float[] vector) {
    double square = 0;
    for (float x : vector) {
      square += (double) x * x;
    }
    double length = Math.sqrt(square);
    if (!(length > 0 && length < Double.POSITIVE_INFINITY)) {
      return null;
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / length);
    }
    return unit;
  }

  static Term chunkTerm(long chunkId) {
    return new Term(CHUNK_ID, idBytes(chunkId));
  }

  static Term documentTerm(long documentId) {
    return new Term(DOCUMENT_ID, idBytes(documentId));
  }

  private static BytesRef idBytes(long id) {
    byte[] bytes = new byte[Long.BYTES];
    NumericUtils.longToSortableBytes(id, bytes, 0);
    return new BytesRef(bytes);
  }
}
