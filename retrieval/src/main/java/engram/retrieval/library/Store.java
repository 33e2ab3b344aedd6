package engram.retrieval.library;

import engram.db.Transactions;
import engram.retrieval.NotFoundException;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The database as this package uses it: entities for single rows, plain SQL for locks, lists and
/// bulk, both in the transaction of [Transactions].
///
/// Locks are taken in one order everywhere: key of a file, row of a collection, row of a file,
/// address of a blob, rows of documents, jobs, head of the outbox.
///
/// @param entities the shared one that follows the thread's transaction
public record Store(
    Transactions transactions, EntityManager entities, JdbcClient sql, Clock clock) {

  public Instant now() {
    return Rows.now(clock);
  }

  /// Writes a new row at once, so that the plain SQL that follows sees it.
  void insert(Object entity) {
    entities.persist(entity);
    entities.flush();
  }

  /// Serialises all transactions that name the same thing until they end.
  void lock(String kind, String name) {
    sql.sql("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
        .param("name", kind + ":" + name)
        .query((row, index) -> index)
        .list();
  }

  /// The address of a blob, held by whoever adds or removes what refers to it.
  public void lockBlob(UUID tenant, String sha256) {
    lock("blob", tenant + "/" + sha256);
  }

  /// Runs a locking `select` of the row with an `:id`.
  ///
  /// @throws NotFoundException if this scope has no such row
  void lockRow(String kind, String select, String id) {
    if (sql.sql(select).param("id", id).query(String.class).list().isEmpty()) {
      throw new NotFoundException(kind, id);
    }
  }

  /// Entities in the order of their ids; those that are gone are left out.
  <E, K> List<E> inOrder(Class<E> type, List<K> ids, Function<E, K> idOf) {
    if (ids.isEmpty()) {
      return List.of();
    }
    Map<K, E> byId = new HashMap<>();
    entities
        .createQuery("select e from " + type.getSimpleName() + " e where e.id in :ids", type)
        .setParameter("ids", ids)
        .getResultList()
        .forEach(entity -> byId.put(idOf.apply(entity), entity));
    List<E> ordered = new ArrayList<>(ids.size());
    for (K id : ids) {
      E entity = byId.get(id);
      if (entity != null) {
        ordered.add(entity);
      }
    }
    return ordered;
  }
}
