package engram.api.erase;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.db.Transactions;
import engram.retrieval.Library;
import engram.retrieval.Receipt;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The one way in which this room deletes. Kept responses and kept replies of repeated requests may
/// quote a document; those that name what is deleted go first, so that a crash leaves nothing
/// behind that the library has forgotten.
@Component
public class Erasure {
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
    library.file(caller.access(), file);
    long replies = forget(caller.tenant(), file);
    return noted(caller, "file.deleted", library.deleteFile(caller.access(), file), replies);
  }

  public Receipt document(Caller caller, String collection, String file) {
    library.document(caller.access(), collection, file);
    long replies = forget(caller.tenant(), file);
    Receipt receipt = library.deleteDocument(caller.access(), collection, file);
    return noted(caller, "document.deleted", receipt, replies);
  }

  public Receipt collection(Caller caller, String collection) {
    library.collection(caller.access(), collection);
    long replies = forget(caller.tenant(), collection);
    Receipt receipt = library.deleteCollection(caller.access(), collection);
    return noted(caller, "collection.deleted", receipt, replies);
  }

  private Receipt noted(Caller caller, String action, Receipt receipt, long replies) {
    audit.add(
        caller,
        action,
        receipt.subject(),
        Map.of("receipt", receipt.id(), "kept_replies", replies));
    return receipt;
  }

  private long forget(UUID tenant, String id) {
    return transactions.inTenant(
        tenant,
        () -> {
          long responses =
              jdbc.sql(
                      "delete from responses where tenant_id = :tenant"
                          + " and (position(:id in response::text) > 0 or position(:id in request::text) > 0)")
                  .param("tenant", tenant)
                  .param("id", id)
                  .update();
          long replies =
              jdbc.sql(
                      "delete from idempotent_requests where tenant_id = :tenant and status is not null"
                          + " and position(convert_to(:id, 'UTF8') in body) > 0")
                  .param("tenant", tenant)
                  .param("id", id)
                  .update();
          return responses + replies;
        });
  }
}
