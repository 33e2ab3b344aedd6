package engram.memory.level;

import engram.memory.LevelBank.State;
import engram.memory.MemoryScope;
import engram.memory.level.Forgetfulness.Held;
import engram.memory.level.Forgetfulness.Step;
import engram.memory.level.SummaryRows.Row;
import engram.memory.scope.MemoryTransactions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Keeps a place's summaries within the budget.
final class Budgets {
  /// Of a user, the latest: a log that says what was shortened must not outgrow what is left.
  private static final int DEMOTIONS_KEPT = 10_000;

  private final MemoryTransactions transactions;
  private final SummaryRows rows;
  private final Forgetfulness forgetfulness;

  Budgets(MemoryTransactions transactions, SummaryRows rows, LevelSettings settings) {
    this.transactions = transactions;
    this.rows = rows;
    this.forgetfulness = new Forgetfulness(settings.strengthDays(), settings.budgetBytes());
  }

  void keep(MemoryScope place, Instant now) {
    transactions.write(
        place,
        () -> {
          transactions.lockHead(place.tenant());
          if (rows.bytes(place) > forgetfulness.budgetBytes()) {
            demote(place, now);
          }
          return true;
        });
  }

  private void demote(MemoryScope place, Instant now) {
    List<Row> all =
        rows.where(
            SummaryRows.PLACE + "and state <> 'dropped' order by id",
            place.tenant(),
            place.user(),
            place.agent(),
            place.run());
    Map<Long, Row> byId = new HashMap<>();
    all.forEach(row -> byId.put(row.id(), row));
    List<Held> held =
        all.stream()
            .map(row ->
                new Held(
                    row.id(),
                    row.level(),
                    row.state(),
                    row.bytes(),
                    SummaryRows.sealedBytes(Writing.brief(row.text())),
                    row.recalls(),
                    row.since(),
                    row.to()))
            .toList();
    for (Step step : forgetfulness.plan(held, now)) {
      Row row = Objects.requireNonNull(byId.get(step.held().id()));
      String text = step.to() == State.DROPPED ? "" : Writing.brief(row.text());
      rows.demote(row, step.to(), text, step.retention(), now);
    }
    rows.trimDemotions(place, DEMOTIONS_KEPT);
  }
}
