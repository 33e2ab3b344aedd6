package engram.memory.log;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.MemoryScope;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import engram.retrieval.RefusedException;
import java.nio.ByteBuffer;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [EventLog] on PostgreSQL.
///
/// A writer takes its tenant's head row first, so it sees every earlier writer's events, and what
/// it reads cannot change before it commits: that makes check-then-insert of keys and positions
/// right without retries. Encryption is done before the lock is taken where it can be: only the
/// body's context needs the number, and it is cheap (under two microseconds for a turn).
public final class StoredEventLog implements EventLog {
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SubjectCiphers ciphers;
  private final EventRows rows;
  private final Consumer<MemoryScope> appended;

  /// @param appended hears of each place that got new events, after the commit
  public StoredEventLog(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SubjectCiphers ciphers,
      Consumer<MemoryScope> appended) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.ciphers = ciphers;
    this.rows = new EventRows(jdbc, ciphers);
    this.appended = appended;
  }

  @Override
  public List<Appended> append(MemoryScope place, List<EventDraft> drafts) {
    place.requirePlace();
    if (drafts.isEmpty() || drafts.size() > BATCH_MAX) {
      throw new IllegalArgumentException(
          "%d events in one append, not 1 to %d".formatted(drafts.size(), BATCH_MAX));
    }
    SubjectCipher cipher = ciphers.of(place);
    List<Keyed> keyed = keyed(drafts, cipher);
    List<Appended> result =
        transactions.write(
            place,
            () -> {
              Head head = transactions.lockHead(place.tenant());
              // The key may have been destroyed while this waited for its turn.
              SubjectCipher standing = ciphers.of(place);
              return append(
                  place, head, standing == cipher ? keyed : keyed(drafts, standing), standing);
            });
    if (result.stream().anyMatch(Appended::isNew)) {
      appended.accept(place);
    }
    return result;
  }

  private static List<Keyed> keyed(List<EventDraft> drafts, SubjectCipher cipher) {
    return drafts.stream().map(draft -> Keyed.of(draft, cipher)).toList();
  }

  /// A draft with its keyed hashes.
  private record Keyed(EventDraft draft, ByteBuffer key, ByteBuffer digest) {
    static Keyed of(EventDraft draft, SubjectCipher cipher) {
      byte[] digest = cipher.digest("event", EventBody.content(draft));
      byte[] key = draft.key() == null ? digest : cipher.digest("key", draft.key());
      return new Keyed(draft, ByteBuffer.wrap(key), ByteBuffer.wrap(digest));
    }
  }

  private record Known(long seq, ByteBuffer digest) {}

  private List<Appended> append(
      MemoryScope place, Head head, List<Keyed> drafts, SubjectCipher cipher) {
    Map<ByteBuffer, Known> known = known(place, drafts);
    Map<String, Integer> positions = new HashMap<>();
    List<Appended> result = new ArrayList<>(drafts.size());
    EventInsert insert = new EventInsert(place, Timestamp.from(head.now()));
    long seq = head.seq();
    for (Keyed draft : drafts) {
      Known before = known.get(draft.key());
      if (before != null) {
        requireEqual(draft, before);
        result.add(new Appended(before.seq(), false));
        continue;
      }
      seq++;
      int position =
          positions.merge(
              draft.draft().session(),
              nextPosition(place, draft, positions),
              (last, x) -> last + 1);
      byte[] body = cipher.seal(EventBody.bytes(draft.draft()), EventRows.context(place, seq));
      insert.add(seq, position, draft.key().array(), draft.digest().array(), draft.draft(), body);
      known.put(draft.key(), new Known(seq, draft.digest()));
      result.add(new Appended(seq, true));
    }
    if (insert.size() > 0) {
      insert.execute(jdbc);
      transactions.advance(place.tenant(), seq);
    }
    return result;
  }

  private static void requireEqual(Keyed draft, Known before) {
    if (!draft.digest().equals(before.digest())) {
      throw new RefusedException(
          RefusedException.Reason.CONFLICT,
          "event_conflict",
          "The key%s is that of event %d, which has other content. Events never change."
              .formatted(
                  draft.draft().key() == null ? "" : " '" + draft.draft().key() + "'",
                  before.seq()));
    }
  }

  private Map<ByteBuffer, Known> known(MemoryScope place, List<Keyed> drafts) {
    Map<ByteBuffer, Known> known = new HashMap<>();
    byte[][] keys = drafts.stream().map(draft -> draft.key().array()).toArray(byte[][]::new);
    jdbc.sql(
            """
            select ingest_key, seq, digest from memory_events
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?
              and ingest_key = any(?) and set_aside is null
            """)
        .params(place.tenant(), place.user(), place.agent(), place.run(), keys)
        .query(row -> {
          known.put(
              ByteBuffer.wrap(row.getBytes(1)),
              new Known(row.getLong(2), ByteBuffer.wrap(row.getBytes(3))));
        });
    return known;
  }

  /// The session's first free position; read once per session and append. Positions of what was
  /// forgotten at the end of a session are given again only where nothing after them was left.
  private int nextPosition(MemoryScope place, Keyed draft, Map<String, Integer> positions) {
    String session = draft.draft().session();
    if (positions.containsKey(session)) {
      return 0; // merge() counts on
    }
    return jdbc.sql(
            """
            select coalesce(max(position), -1) + 1 from memory_events
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and session_id = ?
            """)
        .params(place.tenant(), place.user(), place.agent(), place.run(), session)
        .query(Integer.class)
        .single();
  }

  @Override
  public List<Event> read(MemoryScope scope, long afterSeq, int limit) {
    checkLimit(limit);
    return transactions.read(scope, () -> rows.after(scope.tenant(), afterSeq, limit));
  }

  @Override
  public List<Event> session(MemoryScope scope, String session, int fromPosition, int limit) {
    checkLimit(limit);
    return transactions.read(scope, () -> rows.session(scope, session, fromPosition, limit));
  }

  @Override
  public List<Event> tail(MemoryScope place, String session, int limit) {
    place.requirePlace();
    checkLimit(limit);
    return transactions.read(place, () -> rows.tail(place, session, limit));
  }

  @Override
  public List<String> sessions(MemoryScope scope, int limit) {
    checkLimit(limit);
    return transactions.read(
        scope,
        () ->
            jdbc.sql(
                    """
                    select session_id from memory_events
                    where tenant_id = ? and set_aside is null
                    group by session_id order by max(seq) desc limit ?
                    """)
                .params(scope.tenant(), limit)
                .query(String.class)
                .list());
  }

  @Override
  public Optional<Event> find(MemoryScope scope, long seq) {
    return transactions.read(
        scope, () -> rows.of(scope.tenant(), new long[] {seq}).stream().findFirst());
  }

  @Override
  public long count(MemoryScope scope) {
    return transactions.read(
        scope,
        () ->
            jdbc.sql("select count(*) from memory_events where tenant_id = ? and set_aside is null")
                .param(scope.tenant())
                .query(Long.class)
                .single());
  }

  private static void checkLimit(int limit) {
    if (limit < 1 || limit > BATCH_MAX) {
      throw new IllegalArgumentException("limit %d is not in [1, %d]".formatted(limit, BATCH_MAX));
    }
  }
}
