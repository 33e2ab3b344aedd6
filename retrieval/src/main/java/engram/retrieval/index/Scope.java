package engram.retrieval.index;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefBuilder;
import org.jspecify.annotations.Nullable;

/// One build of one collection of one tenant, as the index knows it.
///
/// Every word, reader and attribute of a chunk is indexed with its scope's key before it. So no
/// query can reach into another collection or build, a word's document frequency counts this one
/// alone, and neither a score nor the time of a search tells what others have. A Lucene field for
/// each would do the same, but field tables grow with every collection there ever was.
///
/// @param key 22 characters: 128 bits of the SHA-256 of tenant, collection and build
public record Scope(String key) {
  private static final int KEY_BYTES = 16;

  /// Of build 0.
  public static Scope of(UUID tenant, String collectionId) {
    return of(tenant, collectionId, 0);
  }

  public static Scope of(UUID tenant, String collectionId, int build) {
    // Build 0 has the key that collections had before there were builds.
    String name = tenant + "/" + collectionId + (build == 0 ? "" : "/" + build);
    byte[] named = name.getBytes(StandardCharsets.UTF_8);
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(named);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every JDK has it
    }
    return new Scope(
        Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, KEY_BYTES)));
  }

  /// A word in the chunks' texts.
  public Term text(String word) {
    return new Term(ChunkFields.TEXT, key + word);
  }

  /// A word in the chunks' titles and headings.
  public Term title(String word) {
    return new Term(ChunkFields.TITLE, key + word);
  }

  /// The term whose document frequency is the number of chunks that have a field, and whose total
  /// frequency is the number of words in it.
  Term length(String field) {
    return new Term(ChunkFields.LENGTH, key + field);
  }

  Term everything() {
    return new Term(ChunkFields.SCOPE, key);
  }

  BytesRef everybody() {
    return new BytesRef(key + "*");
  }

  /// Marked, so that a principal who is called `*` is not everybody. Null if it is too long for a
  /// term: then nobody reads by it.
  @Nullable BytesRef reader(String principal) {
    BytesRef term = new BytesRef(key + "p" + principal);
    return term.length <= AttributeTerms.TERM_BYTES_MAX ? term : null;
  }

  /// See [AttributeTerms].
  BytesRef attribute(BytesRef term) {
    BytesRefBuilder scoped = new BytesRefBuilder();
    scoped.append(new BytesRef(key));
    scoped.append(term);
    return scoped.toBytesRef();
  }
}
