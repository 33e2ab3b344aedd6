package engram.api.erase;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.db.Transactions;
import engram.retrieval.Expired;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Receipt;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The one way in which this room deletes, whoever wants it gone. Kept responses and kept replies
/// of repeated requests may quote a document: those that name what is deleted, and the line in the
/// audit log, are written in the deletion's own transaction, so a deletion that is refused or cut
/// off leaves everything as it was. What was being answered meanwhile may be kept after that, and
/// is looked for once more.
@Component
public class Erasure {
  private static final Logger LOG = LoggerFactory.getLogger(Erasure.class);

  private final Library library;
  private final Audit audit;
  private final Transactions transactions;
  private final JdbcClient jdbc;

  public Erasure(Library library, Audit audit, Transactions transactions, JdbcClient jdbc) {
    this.library = library;
    this.audit = audit;
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  public Receipt file(Caller caller, String file) {
    Receipt receipt =
        library.deleteFile(
            caller.access(), file, begun -> noted(caller, "file.deleted", file, begun));
    forget(caller.tenant(), file);
    return receipt;
  }

  public Receipt document(Caller caller, String collection, String file) {
    Receipt receipt =
        library.deleteDocument(
            caller.access(),
            collection,
            file,
            begun -> noted(caller, "document.deleted", file, begun));
    forget(caller.tenant(), file);
    return receipt;
  }

  public Receipt collection(Caller caller, String collection) {
    Receipt receipt =
        library.deleteCollection(
            caller.access(),
            collection,
            begun -> noted(caller, "collection.deleted", collection, begun));
    forget(caller.tenant(), collection);
    return receipt;
  }

  /// Deletes some of what has expired, of all tenants.
  ///
  /// @return how many went
  public int expire(int limit) {
    int gone = 0;
    for (Expired expired : library.expired(limit)) {
      try {
        expire(expired);
        gone++;
      } catch (NotFoundException e) {
        LOG.debug("Another process removed it first, or it is in use again: {}", expired);
      } catch (RuntimeException e) {
        // One that cannot go must not keep the others alive.
        LOG.warn("{} was not deleted and will be tried again", expired, e);
      }
    }
    return gone;
  }

  private void expire(Expired expired) {
    UUID tenant = expired.tenant();
    String action = expired.kind().name().toLowerCase(Locale.ROOT) + ".expired";
    library.deleteExpired(
        expired,
        begun -> {
          long replies = forget(tenant, expired.id());
          audit.addSystem(tenant, action, begun.subject(), detail(begun, replies));
        });
    forget(tenant, expired.id());
  }

  /// Deletes kept replies that name a subject of [Mentions].
  ///
  /// @return how many went
  long repliesThatName(UUID tenant, String subject) {
    return forget(tenant, subject);
  }

  private void noted(Caller caller, String action, String id, Receipt receipt) {
    long replies = forget(caller.tenant(), id);
    audit.add(caller, action, receipt.subject(), detail(receipt, replies));
  }

  private static Map<String, Object> detail(Receipt receipt, long replies) {
    return Map.of("receipt", receipt.id(), "kept_replies", replies);
  }

  private long forget(UUID tenant, String id) {
    return transactions.inTenant(
        tenant,
        () ->
            delete(
                    """
                    delete from responses where tenant_id = :tenant and id in (
                      select response_id from response_mentions
                      where tenant_id = :tenant and subject = :subject)
                    """,
                    tenant,
                    id)
                + delete(
                    """
                    delete from idempotent_requests r using replay_mentions m
                    where m.tenant_id = :tenant and m.subject = :subject
                      and r.tenant_id = m.tenant_id and r.key_id = m.key_id
                      and r.idempotency_key = m.idempotency_key
                    """,
                    tenant,
                    id));
  }

  private long delete(String sql, UUID tenant, String subject) {
    return jdbc.sql(sql).param("tenant", tenant).param("subject", subject).update();
  }
}
