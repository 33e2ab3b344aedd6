package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Page.Cursor;
import engram.retrieval.Receipt;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/// What deletions took away. Keys with limits see their own only: a receipt names what is gone, and
/// what is gone has no permissions to look at any more.
final class Receipts {
  private record Content(Map<String, Long> removed, boolean verifiedAbsent) {}

  private final Store store;

  Receipts(Store store) {
    this.store = store;
  }

  /// In the transaction of the deletion.
  Receipt begin(Access access, String subject, Map<String, Long> removed) {
    Receipt receipt =
        new Receipt(Rows.id("receipt_"), subject, access.actor(), store.now(), removed, false);
    store
        .sql()
        .sql(
            "insert into deletion_receipts (id, tenant_id, subject, deleted_by, created_at, receipt)"
                + " values (:id, :tenant, :subject, :by, :at, :receipt::jsonb)")
        .param("id", receipt.id())
        .param("tenant", access.tenant())
        .param("subject", subject)
        .param("by", receipt.deletedBy())
        .param("at", Timestamp.from(receipt.deletedAt()))
        .param("receipt", json(receipt))
        .update();
    return receipt;
  }

  Receipt finish(Access access, Receipt begun, Map<String, Long> removed, boolean verifiedAbsent) {
    Receipt receipt =
        new Receipt(
            begun.id(),
            begun.subject(),
            begun.deletedBy(),
            begun.deletedAt(),
            removed,
            verifiedAbsent);
    store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              store
                  .sql()
                  .sql("update deletion_receipts set receipt = :receipt::jsonb where id = :id")
                  .param("receipt", json(receipt))
                  .param("id", receipt.id())
                  .update();
            });
    return receipt;
  }

  private static String json(Receipt receipt) {
    return JsonMapper.shared()
        .writeValueAsString(new Content(receipt.removed(), receipt.verifiedAbsent()));
  }

  Receipt get(Access access, String receiptId) {
    return store
        .transactions()
        .readInTenant(access.tenant(), () -> find(access, receiptId))
        .orElseThrow(() -> new NotFoundException("receipt", receiptId));
  }

  private Optional<Receipt> find(Access access, String receiptId) {
    return store
        .sql()
        .sql("select * from deletion_receipts where id = :id")
        .param("id", receiptId)
        .query(Receipts::read)
        .optional()
        .filter(receipt -> access.isUnrestricted() || receipt.deletedBy().equals(access.actor()));
  }

  Page<Receipt> list(Access access, Cursor cursor) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () ->
                Keyset.page(
                    cursor,
                    id -> find(access, id).map(Receipts::place),
                    round -> read(access, round),
                    Receipts::place,
                    rows -> rows));
  }

  private List<Receipt> read(Access access, Keyset.Round round) {
    String sql =
        "select t.* from deletion_receipts t where (:all or t.deleted_by = :actor)"
            + Keyset.tail(round, "t");
    return Keyset.bind(store.sql().sql(sql), round)
        .param("all", access.isUnrestricted())
        .param("actor", access.actor())
        .query(Receipts::read)
        .list();
  }

  private static Keyset.Place place(Receipt receipt) {
    return new Keyset.Place(receipt.deletedAt(), receipt.id());
  }

  private static Receipt read(ResultSet row, int index) throws SQLException {
    Content content = JsonMapper.shared().readValue(row.getString("receipt"), Content.class);
    return new Receipt(
        row.getString("id"),
        row.getString("subject"),
        row.getString("deleted_by"),
        row.getTimestamp("created_at").toInstant(),
        content.removed(),
        content.verifiedAbsent());
  }
}
