package engram.memory.level;

import engram.memory.LevelKeeping;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.Summariser;
import engram.memory.log.EventRows;
import engram.memory.scope.LogReaders;
import engram.memory.scope.LogReaders.Behind;
import engram.memory.scope.MemoryTransactions;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [LevelKeeping] on the database: what is to be done is written in the rows (episodes that are not
/// summarised, summaries that the next level has not taken up), so any process can go on.
///
/// Texts are made outside of any transaction, for a model may make them. They are written as the
/// tenant's only writer, and only if what they were made of is still as it was: what was forgotten
/// meanwhile is in no summary.
public final class LevelSteps implements LevelKeeping {
  private static final String READER = "levels";
  private static final int TENANTS_AT_ONCE = 8;

  private final LogReaders readers;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final Writing writing;
  private final EpisodeSummaries episodes;
  private final TopicSummaries topics;
  private final Budgets budgets;
  private final RecallNotes notes;
  private final Consumer<MemoryScope> settled;
  private final Clock clock;

  /// @param settled hears of each place whose levels have taken up something new
  public LevelSteps(
      LogReaders readers,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SummaryRows rows,
      Summariser summariser,
      LevelSettings settings,
      Consumer<MemoryScope> settled,
      Clock clock) {
    this.readers = readers;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.writing = new Writing(summariser);
    this.episodes =
        new EpisodeSummaries(transactions, jdbc, events, rows, writing, settings, clock);
    this.topics = new TopicSummaries(transactions, jdbc, rows, writing, settings, clock);
    this.budgets = new Budgets(transactions, rows, settings);
    this.notes = new RecallNotes(transactions, jdbc);
    this.settled = settled;
    this.clock = clock;
  }

  @Override
  public void recalled(Recall.Result result) {
    notes.add(result);
  }

  @Override
  public boolean summariseNext() {
    notes.write(clock.instant());
    for (Behind behind : readers.behindOf(READER, writing.name(), "episodes", TENANTS_AT_ONCE)) {
      if (behind.seq() == 0) {
        startAnew(behind);
      }
      MemoryScope whole = MemoryScope.whole(behind.tenant());
      if (episodes.next(whole) || topics.next(whole) || profile(whole)) {
        return true;
      }
      boolean waits = transactions.read(whole, () -> hasUnsummarised(whole));
      if (!waits) {
        readers.advance(behind, READER, writing.name(), behind.head(), () -> {});
      }
    }
    return false;
  }

  /// Whatever was written in another way goes, and all episodes wait again.
  private void startAnew(Behind behind) {
    if (!readers.readOtherwise(behind, READER, writing.name())) {
      return;
    }
    readers.advance(
        behind,
        READER,
        writing.name(),
        0,
        () -> {
          jdbc.sql("delete from memory_summaries where tenant_id = ?")
              .param(behind.tenant())
              .update();
          jdbc.sql("update memory_episodes set summarised = false where tenant_id = ?")
              .param(behind.tenant())
              .update();
        });
  }

  private boolean hasUnsummarised(MemoryScope whole) {
    return jdbc.sql(
            "select exists (select 1 from memory_episodes where tenant_id = ? and not summarised)")
        .param(whole.tenant())
        .query(Boolean.class)
        .single();
  }

  /// Whatever is new in a place has come to its profile then.
  private boolean profile(MemoryScope whole) {
    Optional<MemoryScope> place = topics.nextProfile(whole);
    place.ifPresent(made -> {
      budgets.keep(made, clock.instant());
      settled.accept(made);
    });
    return place.isPresent();
  }
}
