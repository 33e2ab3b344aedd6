package engram.retrieval.library;

import engram.retrieval.Access;
import java.util.Map;
import java.util.Set;

/// The documents that a deletion takes away, in a table of its transaction: however many they are,
/// none is loaded here, and each statement speaks of all of them.
final class Departing {
  private static final int FETCHED_ROWS = 500;

  /// So few that the planner's guess does.
  private static final int UNPLANNED_ROWS = 1_000;

  private final Store store;

  Departing(Store store) {
    this.store = store;
  }

  /// What says that a document goes, with the parameter `:value`.
  enum Which {
    DOCUMENT("id = :value::bigint"),
    OF_FILE("file_id = :value"),
    OF_COLLECTION("collection_id = :value");

    private final String condition;

    Which(String condition) {
      this.condition = condition;
    }
  }

  /// Locks them until the transaction ends.
  ///
  /// @return how many they are
  long lock(Which which, String value) {
    store
        .sql()
        .sql(
            "create temporary table if not exists departing_documents"
                + " (id bigint primary key, indexed boolean not null) on commit drop")
        .update();
    store.sql().sql("truncate departing_documents").update();
    long count =
        store
            .sql()
            .sql(
                "insert into departing_documents select id, index_seq > 0 from documents where "
                    + which.condition
                    + " order by id for update")
            .param("value", value)
            .update();
    if (count > UNPLANNED_ROWS) {
      store.sql().sql("analyze departing_documents").update();
    }
    return count;
  }

  boolean areAllReadableBy(Access access) {
    boolean[] all = {true};
    store
        .sql()
        .sql("select readers, attributes from documents join departing_documents using (id)")
        .withFetchSize(FETCHED_ROWS)
        .query(row -> {
          all[0] &=
              access.mayRead(
                  Set.of((String[]) row.getArray(1).getArray()),
                  Permissions.attributes(row.getString(2)));
        });
    return all[0];
  }

  void count(Map<String, Long> removed) {
    store
        .sql()
        .sql(
            "select count(*) as chunks, count(embedding) as vectors from chunks"
                + " where document_id in (select id from departing_documents)")
        .query(row -> {
          removed.put("chunks", row.getLong("chunks"));
          removed.put("vectors", row.getLong("vectors"));
          removed.put("index_entries", row.getLong("chunks"));
        });
  }

  long remove() {
    return store
        .sql()
        .sql("delete from documents where id in (select id from departing_documents)")
        .update();
  }
}
