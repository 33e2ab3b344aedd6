package engram.memory.index;

import engram.memory.Event;
import engram.memory.MemoryScope;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.jspecify.annotations.Nullable;

/// How an event lies in the index.
///
/// Every word carries its owner (a tenant's user) in front, so a search walks the owner's postings
/// alone: one user's recall costs the same beside a million others', and nobody's words change
/// another's statistics.
final class EventFields {
  static final String WORDS = "words";
  static final String ID = "id";
  static final String OWNER = "owner";
  static final String PLACE = "place";
  static final String SPEAKER = "speaker";
  static final String SESSION_START = "first";
  static final String SPOT = "spot";
  static final String AT = "at";
  static final String SEQ = "seq";
  static final String SESSION = "session";
  static final String POSITION = "position";
  static final String IMPORTANCE = "importance";
  static final String VECTOR = "vector";

  /// Of what should have a vector and has none yet; its term is the tenant.
  static final String WITHOUT_VECTOR = "novector";

  static final String HEAD = "head";
  static final String APPLIED = "applied";

  private static final FieldType WORDS_TYPE = new FieldType();

  static {
    WORDS_TYPE.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    WORDS_TYPE.setTokenized(true);
    WORDS_TYPE.freeze();
  }

  private EventFields() {}

  /// A name for a tenant's user, 16 characters long, that says nothing of either.
  static String owner(UUID tenant, String user) {
    return hash(tenant + "/" + user).substring(0, 16);
  }

  static String owner(MemoryScope scope) {
    return owner(scope.tenant(), scope.user());
  }

  static String agent(MemoryScope place) {
    return owner(place) + "a" + place.agent();
  }

  static String run(MemoryScope place) {
    return owner(place) + "r" + place.run();
  }

  static Term id(UUID tenant, long seq) {
    return new Term(ID, tenant + "/" + seq);
  }

  /// A session's name within the index: equal for equal sessions of one place.
  static long session(MemoryScope place, String session) {
    String whole =
        place.tenant()
            + "\0"
            + place.user()
            + "\0"
            + place.agent()
            + "\0"
            + place.run()
            + "\0"
            + session;
    byte[] digest = sha256(whole);
    long value = 0;
    for (int at = 0; at < 8; at++) {
      value = value << 8 | (digest[at] & 0xff);
    }
    return value;
  }

  static Term spot(long session, int position) {
    return new Term(SPOT, Long.toString(session, 36) + "/" + position);
  }

  /// @param vector null for none
  /// @param wantsVector whether one is to be made later where there is none
  static Document document(Event event, float @Nullable [] vector, boolean wantsVector) {
    MemoryScope place = event.place();
    String owner = owner(place);
    long session = session(place, event.session());
    Document document = new Document();
    document.add(new StringField(ID, id(place.tenant(), event.seq()).text(), Field.Store.NO));
    document.add(new StringField(OWNER, owner, Field.Store.NO));
    document.add(new StringField(PLACE, agent(place), Field.Store.NO));
    document.add(new StringField(PLACE, run(place), Field.Store.NO));
    document.add(new StringField(SPOT, spot(session, event.position()).text(), Field.Store.NO));
    if (event.position() == 0) {
      document.add(new StringField(SESSION_START, owner, Field.Store.NO));
    }
    for (String name : Words.names(event.speaker())) {
      document.add(new StringField(SPEAKER, owner + name, Field.Store.NO));
    }
    document.add(new LongPoint(AT, event.at().getEpochSecond()));
    document.add(new NumericDocValuesField(AT, event.at().getEpochSecond()));
    document.add(new NumericDocValuesField(SEQ, event.seq()));
    document.add(new NumericDocValuesField(SESSION, session));
    document.add(new NumericDocValuesField(POSITION, event.position()));
    document.add(new NumericDocValuesField(IMPORTANCE, Math.round(event.importance() * 1_000)));
    String said = event.speaker().isEmpty() ? event.text() : event.speaker() + ": " + event.text();
    document.add(new Field(WORDS, new OwnedWords(owner, Words.of(said)), WORDS_TYPE));
    if (vector != null) {
      document.add(new KnnFloatVectorField(VECTOR, vector, VectorSimilarityFunction.COSINE));
    } else if (wantsVector) {
      document.add(new StringField(WITHOUT_VECTOR, place.tenant().toString(), Field.Store.NO));
    }
    return document;
  }

  /// Words with their owner in front.
  private static final class OwnedWords extends TokenStream {
    /// Lucene takes terms of up to 32,766 bytes; what is longer than this is no word.
    private static final int CHARS_MAX = 255;

    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final String owner;
    private final List<String> words;
    private int next;

    OwnedWords(String owner, List<String> words) {
      this.owner = owner;
      this.words = words;
    }

    @Override
    public boolean incrementToken() {
      clearAttributes();
      while (next < words.size() && words.get(next).length() > CHARS_MAX) {
        next++;
      }
      if (next == words.size()) {
        return false;
      }
      term.append(owner).append(words.get(next++));
      return true;
    }

    @Override
    public void reset() {
      next = 0;
    }
  }

  private static String hash(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(text));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is not available", e);
    }
  }
}
