package engram.memory.control;

import engram.memory.MemoryScope;
import engram.memory.Pins;
import engram.memory.scope.MemoryTransactions;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Pins] on PostgreSQL.
public final class StoredPins implements Pins {
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;

  public StoredPins(MemoryTransactions transactions, JdbcClient jdbc) {
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  @Override
  public Pin pin(MemoryScope scope, Kind kind, long number, String actor) {
    requireUser(scope);
    return transactions.write(
        scope,
        () -> {
          // With the head held nothing is erased between the look and the pin, and pins are counted
          // one after the other.
          transactions.lockHead(scope.tenant());
          MemoryScope place = place(scope, kind, number);
          if (pins(scope, false).size() >= PINS_MAX) {
            boolean pinned =
                pins(scope, false).stream()
                    .anyMatch(pin -> pin.kind() == kind && pin.number() == number);
            if (!pinned) {
              throw new RefusedException(
                  RefusedException.Reason.CONFLICT,
                  "too_many_pins",
                  "There are %d pins, the most that there may be.".formatted(PINS_MAX));
            }
          }
          jdbc.sql(
                  """
                  insert into memory_pins (tenant_id, kind, number, user_id, agent_id, run_id,
                    pinned_by) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing
                  """)
              .params(
                  place.tenant(),
                  text(kind),
                  number,
                  place.user(),
                  place.agent(),
                  place.run(),
                  actor)
              .update();
          return pins(scope, false).stream()
              .filter(pin -> pin.kind() == kind && pin.number() == number)
              .findFirst()
              .orElseThrow();
        });
  }

  private MemoryScope place(MemoryScope scope, Kind kind, long number) {
    String table =
        switch (kind) {
          case EVENT -> "memory_events where set_aside is null and seq";
          case CLAIM -> "memory_claims where id";
        };
    return jdbc.sql("select agent_id, run_id from " + table + " = ? and tenant_id = ?")
        .params(number, scope.tenant())
        .query((row, index) ->
            new MemoryScope(scope.tenant(), scope.user(), row.getString(1), row.getString(2)))
        .optional()
        .orElseThrow(() -> new NotFoundException(text(kind), Long.toString(number)));
  }

  @Override
  public boolean unpin(MemoryScope scope, Kind kind, long number) {
    requireUser(scope);
    return transactions.write(
        scope,
        () ->
            jdbc.sql("delete from memory_pins where tenant_id = ? and kind = ? and number = ?")
                    .params(scope.tenant(), text(kind), number)
                    .update()
                == 1);
  }

  @Override
  public List<Pin> pins(MemoryScope scope) {
    requireUser(scope);
    return transactions.read(scope, () -> pins(scope, true));
  }

  /// @param shown whether those that a rollback set aside are left out
  private List<Pin> pins(MemoryScope scope, boolean shown) {
    return jdbc.sql(
            """
            select kind, number, tenant_id, user_id, agent_id, run_id, pinned_by, pinned_at
            from memory_pins p where tenant_id = ? and user_id = ?
            """
                + (shown
                    ? """
                     and not (kind = 'event' and exists (select from memory_events e
                      where e.tenant_id = p.tenant_id and e.seq = p.number
                        and e.set_aside is not null))
                    """
                    : "")
                + " order by pinned_at, kind, number")
        .params(scope.tenant(), scope.user())
        .query(StoredPins::pin)
        .list();
  }

  private static Pin pin(ResultSet row, int index) throws SQLException {
    return new Pin(
        Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getLong("number"),
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id")),
        row.getString("pinned_by"),
        row.getTimestamp("pinned_at").toInstant());
  }

  @Override
  public Set<Long> pinnedEvents(MemoryScope scope) {
    Set<Long> numbers = new HashSet<>();
    for (Pin pin : pins(scope)) {
      if (pin.kind() == Kind.EVENT) {
        numbers.add(pin.number());
      }
    }
    return numbers;
  }

  private static String text(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static void requireUser(MemoryScope scope) {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("pins are one user's, not those of '*'");
    }
  }
}
