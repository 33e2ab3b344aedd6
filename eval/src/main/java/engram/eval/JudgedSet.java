package engram.eval;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Queries with judgements, as they are kept. They never change: what is corrected is another set.
///
/// @param attribute whose value names documents; null unless `documentsBy` says so
/// @param judgementCount grades of all queries together
public record JudgedSet(
    String id,
    String name,
    DocumentsBy documentsBy,
    @Nullable String attribute,
    int queryCount,
    int judgementCount,
    String createdBy,
    Instant createdAt) {

  /// What the names of documents in a set are.
  public enum DocumentsBy {
    /// The caller's own name for a file.
    KEY,
    FILE_ID,
    FILENAME,
    /// The value of one attribute.
    ATTRIBUTE;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static DocumentsBy of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /// @param attribute goes with `ATTRIBUTE`, and with it alone
  public record Draft(
      String name, DocumentsBy documentsBy, @Nullable String attribute, List<JudgedQuery> queries) {
    public Draft {
      queries = List.copyOf(queries);
      checkName("name", name);
      if ((documentsBy == DocumentsBy.ATTRIBUTE) != (attribute != null)) {
        throw new IllegalArgumentException("'attribute' goes with documents_by 'attribute'");
      }
      if (attribute != null) {
        JudgedQuery.checkName("attribute", attribute);
      }
      if (queries.isEmpty()) {
        throw new IllegalArgumentException("'queries' has at least one");
      }
      Set<String> ids = new HashSet<>();
      for (JudgedQuery query : queries) {
        if (!ids.add(query.id())) {
          throw new IllegalArgumentException("'queries' has the id '" + query.id() + "' twice");
        }
      }
    }
  }

  static void checkName(String field, String name) {
    if (name.isBlank() || name.length() > 200 || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("'" + field + "' has 1 to 200 printable characters");
    }
  }
}
