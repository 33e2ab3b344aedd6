package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Who sees and changes what. [Access#mayRead] is the definition for documents; a file is visible
/// to keys without limits, to its creator, and to whoever reads a document made of it.
final class Permissions {
  private static final TypeReference<Map<String, Object>> ATTRIBUTES = new TypeReference<>() {};

  /// A first condition in SQL on a document `d`, implied by the definition; filters are evaluated
  /// in Java only, where their definition is.
  static final String MAY_BE_READABLE =
      " and (:readsAll or d.readers = '{}' or d.readers && :principals::text[])"
          + " and (:anyCollection or d.collection_id = any(:collections::text[]))";

  /// What permission depends on.
  record Guarded(String collectionId, Set<String> readers, Map<String, Object> attributes) {
    boolean readableBy(Access access) {
      return access.mayUse(collectionId) && access.mayRead(readers, attributes);
    }
  }

  private final Store store;

  Permissions(Store store) {
    this.store = store;
  }

  static boolean mayRead(Access access, DocumentEntity document) {
    return access.mayUse(document.collectionId)
        && access.mayRead(document.readerSet(), document.attributes);
  }

  /// What a key writes it must be able to read, else it could write for others what it may not see.
  static void checkMayWrite(Access access, Set<String> readers, Map<String, Object> attributes) {
    if (!access.mayRead(readers, attributes)) {
      throw new RefusedException(
          RefusedException.Reason.FORBIDDEN,
          "outside_permission",
          "This key may only write documents that it can read: give it attributes that satisfy the"
              + " key's filter, and readers that include one of the key's principals.");
    }
  }

  static JdbcClient.StatementSpec bind(JdbcClient.StatementSpec statement, Access access) {
    Set<String> collections = access.collections();
    return statement
        .param("readsAll", access.readsAll())
        .param("principals", access.principals().toArray(String[]::new))
        .param("anyCollection", collections == null)
        .param(
            "collections",
            collections == null ? new String[0] : collections.toArray(String[]::new));
  }

  static void checkUsable(Access access, String collectionId) {
    if (!access.mayUse(collectionId)) {
      throw new NotFoundException("collection", collectionId);
    }
  }

  boolean sees(Access access, FileEntity file) {
    return visible(access, List.of(file)).contains(file.id);
  }

  /// Ids of those of the files that the caller sees.
  Set<String> visible(Access access, Collection<FileEntity> files) {
    Set<String> visible = new HashSet<>();
    Set<String> unsure = new HashSet<>();
    for (FileEntity file : files) {
      if (access.isUnrestricted() || file.createdBy.equals(access.actor())) {
        visible.add(file.id);
      } else {
        unsure.add(file.id);
      }
    }
    if (!unsure.isEmpty()) {
      documentsOf(unsure)
          .forEach((fileId, documents) -> {
            if (documents.stream().anyMatch(document -> document.readableBy(access))) {
              visible.add(fileId);
            }
          });
    }
    return visible;
  }

  /// Whoever changes a file everywhere must see everything made of it.
  void checkSeesAllDocuments(Access access, String fileId) {
    boolean all =
        documentsOf(Set.of(fileId)).values().stream()
            .flatMap(List::stream)
            .allMatch(document -> document.readableBy(access));
    if (!all) {
      throw new RefusedException(
          RefusedException.Reason.FORBIDDEN,
          "file_in_use",
          "The file is also in collections, or under permissions, that this key does not cover."
              + " Remove it from a collection instead, or use a key that covers all of them.");
    }
  }

  private Map<String, List<Guarded>> documentsOf(Set<String> fileIds) {
    Map<String, List<Guarded>> documents = new HashMap<>();
    store
        .sql()
        .sql(
            "select file_id, collection_id, readers, attributes from documents"
                + " where file_id = any(:files::text[])")
        .param("files", fileIds.toArray(String[]::new))
        .query(row -> {
          documents
              .computeIfAbsent(row.getString(1), id -> new java.util.ArrayList<>())
              .add(
                  new Guarded(
                      row.getString(2),
                      Set.of((String[]) row.getArray(3).getArray()),
                      attributes(row.getString(4))));
        });
    return documents;
  }

  static Map<String, Object> attributes(String json) {
    return JsonMapper.shared().readValue(json, ATTRIBUTES);
  }
}
