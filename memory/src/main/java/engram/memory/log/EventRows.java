package engram.memory.log;

import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Reads rows of events and opens them. Each call joins the caller's transaction, and sees what its
/// scope shows. An event whose subject's key is destroyed does not exist any more, also where the
/// subject has another key since; one that a rollback set aside is not there either.
public final class EventRows {
  static final String COLUMNS =
      """
      tenant_id, seq, user_id, agent_id, run_id, session_id, position, role, call_id, at,
        importance, body, recorded_at\
      """;

  private static final Logger LOG = LoggerFactory.getLogger(EventRows.class);

  private final JdbcClient jdbc;
  private final SubjectCiphers ciphers;

  public EventRows(JdbcClient jdbc, SubjectCiphers ciphers) {
    this.jdbc = jdbc;
    this.ciphers = ciphers;
  }

  /// Those with greater numbers, in order.
  List<Event> after(UUID tenant, long afterSeq, int limit) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + " from memory_events where tenant_id = ? and seq > ? and set_aside is null"
                    + " order by seq limit ?")
            .params(tenant, afterSeq, limit));
  }

  /// Those with numbers in `(afterSeq, upToSeq]`, in order.
  public List<Event> between(UUID tenant, long afterSeq, long upToSeq) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + " from memory_events where tenant_id = ? and seq > ? and seq <= ?"
                    + " and set_aside is null order by seq")
            .params(tenant, afterSeq, upToSeq));
  }

  /// Those with these numbers, in order.
  public List<Event> of(UUID tenant, long[] seqs) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + " from memory_events where tenant_id = ? and seq = any(?)"
                    + " and set_aside is null order by seq")
            .params(tenant, seqs));
  }

  /// Those of a place's session with positions in `[from, to]`, by position.
  public List<Event> span(MemoryScope place, String session, int from, int to) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + """
                     from memory_events where tenant_id = ? and user_id = ? and agent_id = ?
                      and run_id = ? and session_id = ? and position between ? and ?
                      and set_aside is null
                    order by position
                    """)
            .params(place.tenant(), place.user(), place.agent(), place.run(), session, from, to));
  }

  List<Event> session(MemoryScope scope, String session, int fromPosition, int limit) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + """
                     from memory_events where tenant_id = ? and session_id = ? and position >= ?
                      and set_aside is null
                    order by user_id, agent_id, run_id, position limit ?
                    """)
            .params(scope.tenant(), session, fromPosition, limit));
  }

  /// The last ones of a place's session, in order.
  List<Event> tail(MemoryScope place, String session, int limit) {
    return open(jdbc.sql(
                "select "
                    + COLUMNS
                    + """
                     from memory_events where tenant_id = ? and user_id = ? and agent_id = ?
                      and run_id = ? and session_id = ? and set_aside is null
                        order by position desc limit ?
                    """)
            .params(place.tenant(), place.user(), place.agent(), place.run(), session, limit))
        .reversed();
  }

  /// Those that were there when the log stood at a number, in order, whatever happened to them
  /// since but erasure.
  ///
  /// @param afterSeq those with greater numbers
  public List<Event> asOf(UUID tenant, long logSeq, long afterSeq, int limit) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + " from memory_events e where tenant_id = ? and seq > ? and seq <= ? and "
                    + WAS_THERE
                    + " order by seq limit ?")
            .params(tenant, afterSeq, logSeq, logSeq, logSeq, limit));
  }

  /// Those with these numbers, in order, also where a rollback set them aside.
  public List<Event> everOf(UUID tenant, long[] seqs) {
    return open(
        jdbc.sql(
                "select "
                    + COLUMNS
                    + " from memory_events where tenant_id = ? and seq = any(?) order by seq")
            .params(tenant, seqs));
  }

  /// Of the event `e`, with the log's number twice.
  public static final String WAS_THERE =
      """
      not exists (select from memory_asides a where a.tenant_id = e.tenant_id
        and a.event_seq = e.seq and a.from_seq <= ? and coalesce(a.to_seq, 9223372036854775807) > ?)\
      """;

  private List<Event> open(JdbcClient.StatementSpec statement) {
    List<Event> events = new ArrayList<>();
    for (Optional<Event> event : statement.query((row, index) -> event(row)).list()) {
      event.ifPresent(events::add);
    }
    return events;
  }

  private Optional<Event> event(ResultSet row) throws SQLException {
    MemoryScope place =
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id"));
    Optional<SubjectCipher> cipher = ciphers.find(place);
    if (cipher.isEmpty()) {
      return Optional.empty();
    }
    long seq = row.getLong("seq");
    Optional<byte[]> opened = cipher.get().opened(row.getBytes("body"), context(place, seq));
    if (opened.isEmpty()) {
      // As after a restore of the database alone. One such row must not keep a tenant's readers
      // from all others.
      LOG.warn("Event {} of tenant {} does not open and is left out", seq, place.tenant());
      return Optional.empty();
    }
    EventBody body = EventBody.of(opened.get());
    @Nullable String call = row.getString("call_id");
    return Optional.of(
        new Event(
            seq,
            place,
            row.getString("session_id"),
            row.getInt("position"),
            Role.of(row.getString("role")),
            body.speaker(),
            row.getTimestamp("at").toInstant(),
            body.text(),
            call,
            row.getFloat("importance"),
            body.attributes(),
            row.getTimestamp("recorded_at").toInstant()));
  }

  /// Binds a body to its row, so that bodies cannot be exchanged.
  static byte[] context(MemoryScope place, long seq) {
    return (place.tenant() + "/event/" + seq).getBytes(StandardCharsets.UTF_8);
  }
}
