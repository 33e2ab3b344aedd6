package engram.memory.log;

import engram.memory.EventDraft;
import engram.memory.MemoryScope;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Gathers rows of one place and inserts them in one statement: a round trip per event is most of
/// what an event costs.
final class EventInsert {
  private final MemoryScope place;
  private final Timestamp recordedAt;
  private final List<Long> seqs = new ArrayList<>();
  private final List<Integer> positions = new ArrayList<>();
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> digests = new ArrayList<>();
  private final List<byte[]> bodies = new ArrayList<>();
  private final List<String> sessions = new ArrayList<>();
  private final List<String> roles = new ArrayList<>();
  private final List<@Nullable String> calls = new ArrayList<>();
  private final List<String> times = new ArrayList<>();
  private final List<Float> importances = new ArrayList<>();

  EventInsert(MemoryScope place, Timestamp recordedAt) {
    this.place = place;
    this.recordedAt = recordedAt;
  }

  void add(long seq, int position, byte[] key, byte[] digest, EventDraft draft, byte[] body) {
    seqs.add(seq);
    positions.add(position);
    keys.add(key);
    digests.add(digest);
    bodies.add(body);
    sessions.add(draft.session());
    roles.add(draft.role().text());
    calls.add(draft.call());
    times.add(draft.at().toString());
    importances.add((float) draft.importance());
  }

  int size() {
    return seqs.size();
  }

  void execute(JdbcClient jdbc) {
    jdbc.sql(
            """
            insert into memory_events (tenant_id, user_id, agent_id, run_id, recorded_at, seq,
              position, ingest_key, digest, body, session_id, role, call_id, at, importance)
            select ?::uuid, ?::text, ?::text, ?::text, ?::timestamptz, row.*
            from unnest(?::bigint[], ?::int[], ?::bytea[], ?::bytea[], ?::bytea[], ?::text[],
              ?::text[], ?::text[], ?::timestamptz[], ?::real[]) as row
            """)
        .params(
            place.tenant(),
            place.user(),
            place.agent(),
            place.run(),
            recordedAt,
            seqs.toArray(Long[]::new),
            positions.toArray(Integer[]::new),
            keys.toArray(byte[][]::new),
            digests.toArray(byte[][]::new),
            bodies.toArray(byte[][]::new),
            sessions.toArray(String[]::new),
            roles.toArray(String[]::new),
            calls.toArray(String[]::new),
            times.toArray(String[]::new),
            importances.toArray(Float[]::new))
        .update();
  }
}
