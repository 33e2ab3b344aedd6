package engram.memory.level;

import engram.memory.LevelBank.Level;
import engram.memory.MemoryScope;
import engram.memory.Summariser.Request;
import engram.memory.level.SummaryRows.Draft;
import engram.memory.level.SummaryRows.Row;
import engram.memory.level.Topics.Topic;
import engram.memory.scope.MemoryTransactions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Puts episodes to topics and topics into profiles.
final class TopicSummaries {
  private static final int PENDING = 50;

  /// Topics that a new episode may join, the latest.
  private static final int TOPICS_OPEN = 200;

  /// Topics that a profile is made of, the latest.
  private static final int PROFILE_TOPICS = 40;

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SummaryRows rows;
  private final Writing writing;
  private final LevelSettings settings;
  private final Clock clock;

  TopicSummaries(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SummaryRows rows,
      Writing writing,
      LevelSettings settings,
      Clock clock) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.rows = rows;
    this.writing = writing;
    this.settings = settings;
    this.clock = clock;
  }

  /// Puts some episodes of one place to topics.
  boolean next(MemoryScope whole) {
    Optional<MemoryScope> found = placeWithPending(whole, "episode");
    if (found.isEmpty()) {
      return false;
    }
    MemoryScope place = found.get();
    Object[] where = {place.tenant(), place.user(), place.agent(), place.run()};
    List<Row> pending =
        transactions.read(
            place,
            () ->
                rows.where(
                    SummaryRows.PLACE
                        + "and level = 'episode' and pending order by from_at, id limit "
                        + PENDING,
                    where));
    List<Row> open =
        transactions.read(
            place,
            () ->
                rows.where(
                    SummaryRows.PLACE
                        + "and level = 'topic' and state <> 'dropped' order by to_at desc, id desc"
                        + " limit "
                        + TOPICS_OPEN,
                    where));
    Map<Long, Row> texts = new HashMap<>();
    pending.forEach(row -> texts.put(row.id(), row));
    Map<Long, Row> known = new HashMap<>();
    open.forEach(row -> known.put(row.id(), row));
    Topics topics =
        new Topics(
            open.stream()
                .map(row -> new Topic(row.id(), row.sources().size(), row.text()))
                .toList());
    pending.stream()
        .filter(row -> !row.text().isEmpty())
        .forEach(row -> topics.put(row.id(), row.text()));
    List<Draft> drafts = new ArrayList<>();
    for (Topic topic : topics.changed()) {
      drafts.add(draft(place, topic, known, texts));
    }
    writeTopics(place, pending, topics.changed(), drafts);
    return true;
  }

  /// A topic that grows is made of what it said and of what is new to it.
  private Draft draft(MemoryScope place, Topic topic, Map<Long, Row> known, Map<Long, Row> texts) {
    List<Row> made = new ArrayList<>();
    List<Long> members = new ArrayList<>();
    if (topic.id != null) {
      Row before = Objects.requireNonNull(known.get(topic.id));
      made.add(before);
      members.addAll(before.sources());
    }
    for (long added : topic.added) {
      made.add(Objects.requireNonNull(texts.get(added)));
      members.add(added);
    }
    Writing.Text text =
        writing.write(new Request(Level.TOPIC, "", Writing.sources(made), settings.topicChars()));
    return new Draft(
        place,
        Level.TOPIC,
        null,
        text.text(),
        text.writer(),
        members,
        made.stream().map(Row::from).min(Instant::compareTo).orElseThrow(),
        made.stream().map(Row::to).max(Instant::compareTo).orElseThrow());
  }

  private void writeTopics(
      MemoryScope place, List<Row> pending, List<Topic> topics, List<Draft> drafts) {
    transactions.write(
        place,
        () -> {
          transactions.lockHead(place.tenant());
          for (int at = 0; at < topics.size(); at++) {
            Topic topic = topics.get(at);
            Draft draft = drafts.get(at);
            if (areThere(place, draft.sources())
                && (topic.id == null || areThere(place, List.of(topic.id)))) {
              replaceTopic(place, topic, draft);
            }
          }
          pending.stream()
              .filter(row -> row.text().isEmpty())
              .forEach(row -> settle(place, List.of(row.id()), null));
          return true;
        });
  }

  private void replaceTopic(MemoryScope place, Topic topic, Draft draft) {
    if (topic.id != null) {
      jdbc.sql("delete from memory_summaries where tenant_id = ? and id = ?")
          .params(place.tenant(), topic.id)
          .update();
    }
    settle(place, draft.sources(), rows.insert(draft, clock.instant()));
  }

  private void settle(MemoryScope place, List<Long> episodes, @Nullable Long topic) {
    jdbc.sql(
            """
            update memory_summaries set pending = false, topic_id = nullif(?, 0)
            where tenant_id = ? and id = any(?)
            """)
        .params(topic == null ? 0L : topic, place.tenant(), episodes.toArray(Long[]::new))
        .update();
  }

  private boolean areThere(MemoryScope place, List<Long> ids) {
    return jdbc.sql("select count(*) from memory_summaries where tenant_id = ? and id = any(?)")
            .params(place.tenant(), ids.toArray(Long[]::new))
            .query(Long.class)
            .single()
        == ids.size();
  }

  private Optional<MemoryScope> placeWithPending(MemoryScope whole, String level) {
    return transactions.read(
        whole,
        () ->
            jdbc.sql(
                    """
                    select user_id, agent_id, run_id from memory_summaries
                    where tenant_id = ? and level = ? and pending
                    order by user_id, agent_id, run_id limit 1
                    """)
                .params(whole.tenant(), level)
                .query((row, index) ->
                    new MemoryScope(
                        whole.tenant(), row.getString(1), row.getString(2), row.getString(3)))
                .optional());
  }

  /// The state of constant size (MEM1, arXiv 2506.15841): made of the state before and of what is
  /// new, never larger than its bound.
  ///
  /// @return the place whose profile was made; empty for nothing to do
  Optional<MemoryScope> nextProfile(MemoryScope whole) {
    Optional<MemoryScope> found = placeWithPending(whole, "topic");
    if (found.isEmpty()) {
      return found;
    }
    MemoryScope place = found.get();
    Object[] where = {place.tenant(), place.user(), place.agent(), place.run()};
    List<Row> topics =
        transactions.read(
            place,
            () ->
                rows.where(
                    SummaryRows.PLACE
                        + "and level = 'topic' and state <> 'dropped' order by to_at desc, id desc"
                        + " limit "
                        + PROFILE_TOPICS,
                    where));
    List<Row> before =
        transactions.read(
            place, () -> rows.where(SummaryRows.PLACE + "and level = 'profile'", where));
    List<Draft> drafts = new ArrayList<>();
    if (!topics.isEmpty()) {
      String state = before.isEmpty() ? "" : before.getFirst().text();
      List<Row> inTime = topics.reversed();
      Writing.Text text =
          writing.write(
              new Request(Level.PROFILE, state, Writing.sources(inTime), settings.profileChars()));
      drafts.add(
          new Draft(
              place,
              Level.PROFILE,
              null,
              text.text(),
              text.writer(),
              inTime.stream().map(Row::id).toList(),
              inTime.stream().map(Row::from).min(Instant::compareTo).orElseThrow(),
              inTime.stream().map(Row::to).max(Instant::compareTo).orElseThrow()));
    }
    writeProfile(place, before, topics, drafts);
    return found;
  }

  private void writeProfile(
      MemoryScope place, List<Row> before, List<Row> topics, List<Draft> drafts) {
    transactions.write(
        place,
        () -> {
          transactions.lockHead(place.tenant());
          // With a profile or a topic gone something was forgotten meanwhile: made again then.
          if (!areThere(place, topics.stream().map(Row::id).toList())
              || !areThere(place, before.stream().map(Row::id).toList())) {
            return false;
          }
          jdbc.sql(
                  "delete from memory_summaries where"
                      + SummaryRows.PLACE
                      + "and level = 'profile'")
              .params(place.tenant(), place.user(), place.agent(), place.run())
              .update();
          drafts.forEach(draft -> rows.insert(draft, clock.instant()));
          jdbc.sql(
                  "update memory_summaries set pending = false where"
                      + SummaryRows.PLACE
                      + "and level = 'topic'")
              .params(place.tenant(), place.user(), place.agent(), place.run())
              .update();
          return true;
        });
  }
}
