package engram.memory.episode;

import engram.memory.Episode;
import engram.memory.Episode.Boundary;
import engram.memory.MemoryScope;
import engram.memory.index.SessionNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The rows of episodes, in the caller's transaction and scope. What an episode has is counted from
/// the log whenever a row is written, so it never has an event that the log has not.
public final class EpisodeRows {
  private final JdbcClient jdbc;

  public EpisodeRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// Where the end of a session begins that is cut anew, and why something begins there.
  record Start(int position, Boundary boundary) {
    static final Start OF_SESSION = new Start(0, Boundary.SESSION);
  }

  /// The end of a session and what it is cut into.
  ///
  /// @param from position from which on earlier episodes are replaced
  record Tail(MemoryScope place, String session, int from, List<Episode> episodes) {}

  /// The last hard boundary; where that lies before `least`, the first episode that begins there or
  /// behind it, or the last one of all.
  Start startOfTail(MemoryScope place, String session, int least) {
    List<Start> late =
        jdbc.sql(
                """
                select first, boundary from memory_episodes
                where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?
                  and session_id = ? and first >= ? order by first
                """)
            .params(place.tenant(), place.user(), place.agent(), place.run(), session, least)
            .query(EpisodeRows::start)
            .list();
    for (Start start : late.reversed()) {
      if (start.boundary() != Boundary.TOPIC) {
        return start;
      }
    }
    return late.isEmpty() ? last(place, session) : late.getFirst();
  }

  private Start last(MemoryScope place, String session) {
    return jdbc.sql(
            """
            select first, boundary from memory_episodes
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and session_id = ?
            order by first desc limit 1
            """)
        .params(place.tenant(), place.user(), place.agent(), place.run(), session)
        .query(EpisodeRows::start)
        .optional()
        .orElse(Start.OF_SESSION);
  }

  private static Start start(ResultSet row, int index) throws SQLException {
    return new Start(row.getInt(1), boundary(row.getString(2)));
  }

  static Boundary boundary(String text) {
    return Boundary.valueOf(text.toUpperCase(Locale.ROOT));
  }

  /// Events that a rollback brought back between two numbers of the log: they may lie anywhere in
  /// their sessions.
  long[] broughtBack(UUID tenant, long afterSeq, long upToSeq) {
    return jdbc
        .sql(
            """
            select distinct unnest(event_seqs) from memory_removals
            where tenant_id = ? and seq > ? and seq <= ? and restored
            """)
        .params(tenant, afterSeq, upToSeq)
        .query(Long.class)
        .list()
        .stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  void clear(UUID tenant) {
    jdbc.sql("delete from memory_episodes where tenant_id = ?").param(tenant).update();
  }

  void replace(UUID tenant, List<Tail> tails) {
    if (tails.isEmpty()) {
      return;
    }
    Columns ends = new Columns();
    Columns spans = new Columns();
    for (Tail tail : tails) {
      ends.add(tail.place(), tail.session(), tail.from(), 0, Boundary.SESSION);
      for (Episode episode : tail.episodes()) {
        spans.add(
            tail.place(), tail.session(), episode.first(), episode.last(), episode.boundary());
      }
    }
    jdbc.sql(
            """
            delete from memory_episodes e
            using unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::int[])
              as t (user_id, agent_id, run_id, session_id, first)
            where e.tenant_id = ? and e.user_id = t.user_id and e.agent_id = t.agent_id
              and e.run_id = t.run_id and e.session_id = t.session_id and e.first >= t.first
            """)
        .params(ends.users(), ends.agents(), ends.runs(), ends.sessions(), ends.firsts(), tenant)
        .update();
    insert(tenant, spans);
  }

  private void insert(UUID tenant, Columns spans) {
    jdbc.sql(
            """
            insert into memory_episodes (tenant_id, id, user_id, agent_id, run_id, session_id, first,
              last, index_session, events, from_at, to_at, known_from, known_to, boundary)
            select ?::uuid, v.id, t.user_id, t.agent_id, t.run_id, t.session_id, v.first, v.last,
              t.index_session, v.events, v.from_at, v.to_at, v.known_from, v.known_to, t.boundary
            from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::int[], ?::int[], ?::bigint[],
              ?::text[]) as t (user_id, agent_id, run_id, session_id, first, last, index_session,
              boundary)
            cross join lateral (
              select min(m.seq) id, min(m.position) first, max(m.position) last, count(*) events,
                min(m.at) from_at, max(m.at) to_at, min(m.recorded_at) known_from,
                max(m.recorded_at) known_to
              from memory_events m
              where m.tenant_id = ? and m.user_id = t.user_id and m.agent_id = t.agent_id
                and m.run_id = t.run_id and m.session_id = t.session_id
                and m.position between t.first and t.last and m.set_aside is null and m.role <> 'recalled') v
            where v.events > 0
            """)
        .params(
            tenant,
            spans.users(),
            spans.agents(),
            spans.runs(),
            spans.sessions(),
            spans.firsts(),
            spans.lasts(),
            spans.indexSessions(),
            spans.boundaries(),
            tenant)
        .update();
  }

  /// Takes out of the episodes of some sessions what the log has no longer. An episode that has no
  /// event left goes.
  ///
  /// @return episodes that went
  public int shrink(MemoryScope scope, Collection<String> sessions) {
    String[] names = sessions.toArray(String[]::new);
    jdbc.sql(
            """
            update memory_episodes e set first = v.first, last = v.last, events = v.events,
              from_at = v.from_at, to_at = v.to_at, known_from = v.known_from,
              known_to = v.known_to, summarised = false
            from memory_episodes o cross join lateral (
              select min(m.position) first, max(m.position) last, count(*) events,
                min(m.at) from_at, max(m.at) to_at, min(m.recorded_at) known_from,
                max(m.recorded_at) known_to
              from memory_events m
              where m.tenant_id = o.tenant_id and m.user_id = o.user_id and m.agent_id = o.agent_id
                and m.run_id = o.run_id and m.session_id = o.session_id
                and m.position between o.first and o.last and m.set_aside is null
                and m.role <> 'recalled') v
            where o.tenant_id = ? and o.user_id = ? and o.session_id = any(?)
              and e.tenant_id = o.tenant_id and e.id = o.id and v.events > 0
              and v.events <> o.events
            """)
        .params(scope.tenant(), scope.user(), names)
        .update();
    return jdbc.sql("delete from memory_episodes e where" + WITHOUT_EVENTS)
        .params(scope.tenant(), scope.user(), names)
        .update();
  }

  private static final String WITHOUT_EVENTS =
      """
       e.tenant_id = ? and e.user_id = ? and e.session_id = any(?) and not exists (
        select 1 from memory_events m
        where m.tenant_id = e.tenant_id and m.user_id = e.user_id and m.agent_id = e.agent_id
          and m.run_id = e.run_id and m.session_id = e.session_id
          and m.position between e.first and e.last and m.set_aside is null
          and m.role <> 'recalled')\
      """;

  /// Episodes of some sessions that have no event in the log.
  public long empty(MemoryScope scope, Collection<String> sessions) {
    return jdbc.sql("select count(*) from memory_episodes e where" + WITHOUT_EVENTS)
        .params(scope.tenant(), scope.user(), sessions.toArray(String[]::new))
        .query(Long.class)
        .single();
  }

  /// Rows by columns, as a statement takes them.
  private static final class Columns {
    private final List<String> users = new ArrayList<>();
    private final List<String> agents = new ArrayList<>();
    private final List<String> runs = new ArrayList<>();
    private final List<String> sessions = new ArrayList<>();
    private final List<Integer> firsts = new ArrayList<>();
    private final List<Integer> lasts = new ArrayList<>();
    private final List<Long> indexSessions = new ArrayList<>();
    private final List<String> boundaries = new ArrayList<>();

    void add(MemoryScope place, String session, int first, int last, Boundary boundary) {
      users.add(place.user());
      agents.add(place.agent());
      runs.add(place.run());
      sessions.add(session);
      firsts.add(first);
      lasts.add(last);
      indexSessions.add(SessionNames.of(place, session));
      boundaries.add(boundary.name().toLowerCase(Locale.ROOT));
    }

    String[] users() {
      return users.toArray(String[]::new);
    }

    String[] agents() {
      return agents.toArray(String[]::new);
    }

    String[] runs() {
      return runs.toArray(String[]::new);
    }

    String[] sessions() {
      return sessions.toArray(String[]::new);
    }

    Integer[] firsts() {
      return firsts.toArray(Integer[]::new);
    }

    Integer[] lasts() {
      return lasts.toArray(Integer[]::new);
    }

    Long[] indexSessions() {
      return indexSessions.toArray(Long[]::new);
    }

    String[] boundaries() {
      return boundaries.toArray(String[]::new);
    }
  }
}
