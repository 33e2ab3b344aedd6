package engram.memory.level;

import engram.memory.LevelBank.Level;
import engram.memory.LevelBank.State;
import engram.memory.MemoryScope;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The rows of summaries, in the caller's transaction and scope; texts are sealed with the
/// subject's key.
public final class SummaryRows {
  static final String PLACE = " tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? ";

  private final JdbcClient jdbc;
  private final SubjectCiphers ciphers;

  public SummaryRows(JdbcClient jdbc, SubjectCiphers ciphers) {
    this.jdbc = jdbc;
    this.ciphers = ciphers;
  }

  /// A summary as it is kept.
  ///
  /// @param text empty once it is dropped
  /// @param since when it was last recalled, or made
  record Row(
      long id,
      MemoryScope place,
      Level level,
      @Nullable Long topic,
      String text,
      String writer,
      State state,
      int bytes,
      List<Long> sources,
      Instant from,
      Instant to,
      Instant madeAt,
      int recalls,
      Instant since) {}

  /// @param episode of an episode's summary; null for others
  record Draft(
      MemoryScope place,
      Level level,
      @Nullable Long episode,
      String text,
      String writer,
      List<Long> sources,
      Instant from,
      Instant to) {}

  long insert(Draft draft, Instant now) {
    MemoryScope place = draft.place();
    byte[] body = seal(place, draft.level(), draft.text());
    return jdbc.sql(
            """
            insert into memory_summaries (tenant_id, user_id, agent_id, run_id, level, episode_id,
              pending, writer, state, body, bytes, chars, sources, from_at, to_at, made_at)
            values (?, ?, ?, ?, ?, nullif(?, 0), ?, ?, 'full', ?, ?, ?, ?, ?, ?, ?) returning id
            """)
        .params(
            place.tenant(),
            place.user(),
            place.agent(),
            place.run(),
            draft.level().text(),
            draft.episode() == null ? 0L : draft.episode(),
            draft.level() != Level.PROFILE,
            draft.writer(),
            body,
            body.length,
            draft.text().length(),
            draft.sources().toArray(Long[]::new),
            Timestamp.from(draft.from()),
            Timestamp.from(draft.to()),
            Timestamp.from(now))
        .query(Long.class)
        .single();
  }

  private byte[] seal(MemoryScope place, Level level, String text) {
    return ciphers.of(place).seal(text.getBytes(StandardCharsets.UTF_8), context(place, level));
  }

  /// Binds a text to its place and level: ids are given by the database after it is sealed.
  private static byte[] context(MemoryScope place, Level level) {
    return String.join(
            "/",
            place.tenant().toString(),
            "summary",
            level.text(),
            place.user(),
            place.agent(),
            place.run())
        .getBytes(StandardCharsets.UTF_8);
  }

  /// Rows by a condition that follows `where`, in a given order.
  List<Row> where(String condition, Object... params) {
    return jdbc
        .sql("select * from memory_summaries where " + condition)
        .params(params)
        .query(this::row)
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Row> row(ResultSet row, int index) throws SQLException {
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
    Level level = Level.of(row.getString("level"));
    byte @Nullable [] body = row.getBytes("body");
    Optional<byte[]> opened =
        body == null ? Optional.of(new byte[0]) : cipher.get().opened(body, context(place, level));
    if (opened.isEmpty()) {
      return Optional.empty(); // of another key, as an event of one
    }
    String text = new String(opened.get(), StandardCharsets.UTF_8);
    long topic = row.getLong("topic_id");
    @Nullable Long its = row.wasNull() ? null : topic;
    Instant madeAt = row.getTimestamp("made_at").toInstant();
    Timestamp recalledAt = row.getTimestamp("recalled_at");
    return Optional.of(
        new Row(
            row.getLong("id"),
            place,
            level,
            its,
            text,
            row.getString("writer"),
            state(row.getString("state")),
            row.getInt("bytes"),
            List.of((Long[]) row.getArray("sources").getArray()),
            row.getTimestamp("from_at").toInstant(),
            row.getTimestamp("to_at").toInstant(),
            madeAt,
            row.getInt("recalls"),
            recalledAt == null ? madeAt : recalledAt.toInstant()));
  }

  private static State state(String text) {
    return State.valueOf(text.toUpperCase(Locale.ROOT));
  }

  static String text(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  long bytes(MemoryScope place) {
    return jdbc.sql("select coalesce(sum(bytes), 0) from memory_summaries where" + PLACE)
        .params(place.tenant(), place.user(), place.agent(), place.run())
        .query(Long.class)
        .single();
  }

  /// Replaces a text by a shorter one, or by nothing, and writes down why.
  void demote(Row row, State to, String text, double retention, Instant now) {
    byte[] body = to == State.DROPPED ? new byte[0] : seal(row.place(), row.level(), text);
    jdbc.sql(
            """
            update memory_summaries set state = ?, body = nullif(?, ''::bytea), bytes = ?, chars = ?
            where tenant_id = ? and id = ?
            """)
        .params(
            text(to),
            body,
            body.length,
            to == State.DROPPED ? 0 : text.length(),
            row.place().tenant(),
            row.id())
        .update();
    jdbc.sql(
            """
            insert into memory_demotions (tenant_id, user_id, agent_id, run_id, summary_id, level,
              from_state, to_state, retention, bytes, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            row.place().tenant(),
            row.place().user(),
            row.place().agent(),
            row.place().run(),
            row.id(),
            row.level().text(),
            text(row.state()),
            text(to),
            (float) retention,
            row.bytes() - body.length,
            Timestamp.from(now))
        .update();
  }

  /// Keeps the latest of what was written down of a user's demotions.
  void trimDemotions(MemoryScope place, int kept) {
    jdbc.sql(
            """
            delete from memory_demotions where tenant_id = :tenant and user_id = :user
              and id <= (select id from memory_demotions
                where tenant_id = :tenant and user_id = :user
                order by id desc offset :kept limit 1)
            """)
        .param("tenant", place.tenant())
        .param("user", place.user())
        .param("kept", kept)
        .update();
  }

  /// What a text of so many bytes takes when it is kept: nonce and tag come with it.
  static int sealedBytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length + SubjectCipher.SEALED_EXTRA_BYTES;
  }

  /// Takes away the summaries of episodes that are made of some events, and the topics that are
  /// made of those; what else was in these topics waits for a topic again.
  ///
  /// @param keep numbers of episodes whose summaries stay
  /// @return what went, of all levels
  int invalidate(MemoryScope scope, Collection<Long> events, Collection<Long> keep) {
    List<Long> gone =
        jdbc.sql(
                """
                delete from memory_summaries where tenant_id = ? and level = 'episode'
                  and sources && ? and not (episode_id = any(?)) returning id
                """)
            .params(scope.tenant(), events.toArray(Long[]::new), keep.toArray(Long[]::new))
            .query(Long.class)
            .list();
    if (gone.isEmpty()) {
      return 0;
    }
    List<Long> topics =
        jdbc.sql(
                """
                delete from memory_summaries where tenant_id = ? and level = 'topic'
                  and sources && ? returning id
                """)
            .params(scope.tenant(), gone.toArray(Long[]::new))
            .query(Long.class)
            .list();
    release(scope, topics);
    return gone.size() + topics.size();
  }

  /// Their texts may be gone; then they are made again from the log.
  private void release(MemoryScope scope, List<Long> topics) {
    Long[] ids = topics.toArray(Long[]::new);
    jdbc.sql(
            """
            with dropped as (delete from memory_summaries where tenant_id = ? and topic_id = any(?)
              and state = 'dropped' returning episode_id)
            update memory_episodes set summarised = false
            where tenant_id = ? and id in (select episode_id from dropped)
            """)
        .params(scope.tenant(), ids, scope.tenant())
        .update();
    jdbc.sql(
            """
            update memory_summaries set topic_id = null, pending = true
            where tenant_id = ? and topic_id = any(?)
            """)
        .params(scope.tenant(), ids)
        .update();
  }

  /// Takes away all that is made of some events, the profiles of their places too, for what a
  /// profile says may come from any of them.
  ///
  /// @return what went, of all levels
  public int forget(MemoryScope scope, Collection<Long> events) {
    if (events.isEmpty()) {
      return 0;
    }
    int gone = invalidate(scope, events, List.of());
    gone +=
        jdbc.sql(
                "delete from memory_summaries where tenant_id = ? and user_id = ?"
                    + " and level = 'profile'")
            .params(scope.tenant(), scope.user())
            .update();
    jdbc.sql(
            """
            update memory_summaries set pending = true
            where tenant_id = ? and user_id = ? and level = 'topic'
            """)
        .params(scope.tenant(), scope.user())
        .update();
    return gone;
  }

  /// Summaries that are made of some events.
  public long remaining(MemoryScope scope, Collection<Long> events) {
    return jdbc.sql(
            """
            select count(*) from memory_summaries
            where tenant_id = ? and level = 'episode' and sources && ?
            """)
        .params(scope.tenant(), events.toArray(Long[]::new))
        .query(Long.class)
        .single();
  }
}
