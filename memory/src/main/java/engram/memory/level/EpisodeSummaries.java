package engram.memory.level;

import engram.memory.Event;
import engram.memory.LevelBank.Level;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.Summariser.Request;
import engram.memory.Summariser.Source;
import engram.memory.level.SummaryRows.Draft;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Summarises episodes from the log.
final class EpisodeSummaries {
  private static final int EPISODES = 20;

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventRows events;
  private final SummaryRows rows;
  private final Writing writing;
  private final LevelSettings settings;
  private final Clock clock;

  EpisodeSummaries(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SummaryRows rows,
      Writing writing,
      LevelSettings settings,
      Clock clock) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.events = events;
    this.rows = rows;
    this.writing = writing;
    this.settings = settings;
    this.clock = clock;
  }

  private record Open(long id, MemoryScope place, String session, int first, int last, int events) {
    static Open of(ResultSet row, int index) throws SQLException {
      return new Open(
          row.getLong("id"),
          new MemoryScope(
              row.getObject("tenant_id", UUID.class),
              row.getString("user_id"),
              row.getString("agent_id"),
              row.getString("run_id")),
          row.getString("session_id"),
          row.getInt("first"),
          row.getInt("last"),
          row.getInt("events"));
    }
  }

  private record Written(Open episode, List<Long> seqs, Draft draft) {}

  boolean next(MemoryScope whole) {
    List<Open> open =
        transactions.read(
            whole,
            () ->
                jdbc.sql(
                        """
                        select * from memory_episodes
                        where tenant_id = ? and not summarised and known_to <= ?
                        order by user_id, agent_id, run_id, from_at, id limit ?
                        """)
                    .params(
                        whole.tenant(),
                        Timestamp.from(clock.instant().minus(settings.quiet())),
                        EPISODES)
                    .query(Open::of)
                    .list());
    if (open.isEmpty()) {
      return false;
    }
    List<Written> written = new ArrayList<>();
    for (Open episode : open) {
      summary(episode).ifPresent(written::add);
    }
    transactions.write(
        whole,
        () -> {
          transactions.lockHead(whole.tenant());
          open.stream().filter(this::stands).forEach(episode -> mark(episode));
          written.stream().filter(one -> stands(one.episode())).forEach(this::put);
          return true;
        });
    return true;
  }

  private Optional<Written> summary(Open episode) {
    List<Event> said =
        transactions
            .read(
                episode.place(),
                () ->
                    events.span(
                        episode.place(), episode.session(), episode.first(), episode.last()))
            .stream()
            .filter(event -> event.role() != Role.RECALLED)
            .toList();
    if (said.isEmpty()) {
      return Optional.empty();
    }
    List<Source> sources =
        said.stream()
            .map(event -> new Source(event.at(), Writing.speaker(event), event.text()))
            .toList();
    Writing.Text text =
        writing.write(new Request(Level.EPISODE, "", sources, settings.episodeChars()));
    List<Long> seqs = said.stream().map(Event::seq).toList();
    Instant from = said.stream().map(Event::at).min(Instant::compareTo).orElseThrow();
    Instant to = said.stream().map(Event::at).max(Instant::compareTo).orElseThrow();
    return Optional.of(
        new Written(
            episode,
            seqs,
            new Draft(
                episode.place(),
                Level.EPISODE,
                episode.id(),
                text.text(),
                text.writer(),
                seqs,
                from,
                to)));
  }

  /// Whether the episode has the events that it had. Events never change, they only go.
  private boolean stands(Open episode) {
    return jdbc.sql(
            """
            select exists (select 1 from memory_episodes
              where tenant_id = ? and id = ? and first = ? and last = ? and events = ?)
            """)
        .params(
            episode.place().tenant(),
            episode.id(),
            episode.first(),
            episode.last(),
            episode.events())
        .query(Boolean.class)
        .single();
  }

  private void mark(Open episode) {
    jdbc.sql("update memory_episodes set summarised = true where tenant_id = ? and id = ?")
        .params(episode.place().tenant(), episode.id())
        .update();
  }

  private void put(Written written) {
    rows.invalidate(written.draft().place(), written.seqs(), List.of());
    rows.insert(written.draft(), clock.instant());
  }
}
