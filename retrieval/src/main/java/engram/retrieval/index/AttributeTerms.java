package engram.retrieval.index;

import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefBuilder;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/// Attributes as terms of one field: the key in UTF-8, a zero byte, a letter for the type, the
/// value in bytes that sort as the values do.
///
/// One field for all keys, because callers choose the keys: a Lucene field for each would let ten
/// thousand tenants grow every segment's field table without bound. A document has at most one
/// value per key, so a range of terms means what it would mean in a field of its own.
final class AttributeTerms {
  /// A [Scope]'s key comes before it.
  static final int TERM_BYTES_MAX = IndexWriter.MAX_TERM_LENGTH - 22;

  private AttributeTerms() {}

  /// Null for a value that no filter can match: not a string, finite number or boolean; or too
  /// long; or under a key with a zero character, which PostgreSQL does not store.
  static @Nullable BytesRef term(String key, @Nullable Object value) {
    if (key.indexOf('\0') >= 0) {
      return null;
    }
    BytesRefBuilder term = new BytesRefBuilder();
    term.append(new BytesRef(key));
    term.append((byte) 0);
    switch (value) {
      case String text -> {
        term.append((byte) 's');
        term.append(new BytesRef(text));
      }
      case Number number when Double.isFinite(number.doubleValue()) -> {
        term.append((byte) 'n');
        byte[] bytes = new byte[Long.BYTES];
        // Adding zero turns -0.0 into 0.0, as in Filter.
        long sortable = NumericUtils.doubleToSortableLong(number.doubleValue() + 0.0);
        NumericUtils.longToSortableBytes(sortable, bytes, 0);
        term.append(new BytesRef(bytes));
      }
      case Boolean flag -> {
        term.append((byte) 'b');
        term.append((byte) (flag ? 1 : 0));
      }
      case null, default -> {
        return null;
      }
    }
    return term.length() <= TERM_BYTES_MAX ? term.toBytesRef() : null;
  }

  /// Lower bound of all values of a key and of the type that `like` has.
  static BytesRef typeStart(String key, Object like) {
    return bound(key, typeLetter(like));
  }

  /// Upper bound, exclusive.
  static BytesRef typeEnd(String key, Object like) {
    return bound(key, (byte) (typeLetter(like) + 1));
  }

  private static byte typeLetter(Object like) {
    return (byte)
        switch (like) {
          case String text -> 's';
          case Boolean flag -> 'b';
          default -> 'n';
        };
  }

  private static BytesRef bound(String key, byte type) {
    BytesRefBuilder term = new BytesRefBuilder();
    term.append(new BytesRef(key));
    term.append((byte) 0);
    term.append(type);
    return term.toBytesRef();
  }
}
