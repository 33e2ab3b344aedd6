package engram.api.erase;

import engram.db.Transactions;
import engram.memory.Forgetting.Receipt;
import engram.memory.MemoryCopies;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// Kept responses and kept replies of repeated requests, of which some quote a user's memories.
/// Which memories they quote is not looked at, so what is erased is in none of them.
@Component
public final class KeptReplies implements MemoryCopies {
  private static final String NAME = "kept_replies";

  private final Erasure erasure;
  private final Transactions transactions;
  private final JdbcClient jdbc;

  KeptReplies(Erasure erasure, Transactions transactions, JdbcClient jdbc) {
    this.erasure = erasure;
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  /// What the audit log says of an erasure: how many of these it took.
  public static Map<String, Object> counted(Receipt receipt) {
    return Map.of(NAME, receipt.removed().getOrDefault(NAME, 0L));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public long forget(UUID tenant, String user) {
    return erasure.repliesThatName(tenant, Mentions.memories(tenant, user));
  }

  @Override
  public long remaining(UUID tenant, String user) {
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc.sql(
                    """
                    select (select count(*) from response_mentions
                        where tenant_id = :tenant and subject = :subject)
                      + (select count(*) from replay_mentions
                        where tenant_id = :tenant and subject = :subject)
                    """)
                .param("tenant", tenant)
                .param("subject", Mentions.memories(tenant, user))
                .query(Long.class)
                .single());
  }
}
