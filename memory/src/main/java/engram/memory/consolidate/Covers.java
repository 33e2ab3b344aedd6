package engram.memory.consolidate;

import engram.memory.MemoryScope;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which events say nothing that others do not say. In the caller's transaction and scope.
public final class Covers {
  private final JdbcClient jdbc;

  public Covers(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// @param by the event that says all that this one says
  /// @param same whether it says nothing more
  public record Cover(long by, boolean same) {}

  /// Of those of some events that have one.
  public Map<Long, Cover> of(MemoryScope scope, Collection<Long> events) {
    Map<Long, Cover> covers = new HashMap<>();
    jdbc.sql(
            """
            select seq, covered_by, same from memory_fingerprints
            where tenant_id = ? and seq = any(?) and covered_by is not null
            """)
        .params(scope.tenant(), events.toArray(Long[]::new))
        .query(row -> {
          covers.put(row.getLong(1), new Cover(row.getLong(2), row.getBoolean(3)));
        });
    return covers;
  }

  /// Forgets what was noted of some events; what they covered stands for itself again.
  ///
  /// @return how many were noted
  public int forget(MemoryScope scope, Collection<Long> events) {
    Long[] seqs = events.toArray(Long[]::new);
    jdbc.sql(
            """
            update memory_fingerprints set covered_by = null, same = false
            where tenant_id = ? and covered_by = any(?)
            """)
        .params(scope.tenant(), seqs)
        .update();
    return jdbc.sql("delete from memory_fingerprints where tenant_id = ? and seq = any(?)")
        .params(scope.tenant(), seqs)
        .update();
  }

  public long remaining(MemoryScope scope, Collection<Long> events) {
    Long[] seqs = events.toArray(Long[]::new);
    return jdbc.sql(
            """
            select count(*) from memory_fingerprints
            where tenant_id = ? and (seq = any(?) or covered_by = any(?))
            """)
        .params(scope.tenant(), seqs, seqs)
        .query(Long.class)
        .single();
  }
}
