package engram.api.memory;

import engram.api.erase.Mentions;
import engram.api.memory.MemoryEventsController.EventView;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.LevelKeeping;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.RecallWeights;
import engram.retrieval.Explanation;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// What bears on a question.
@RestController
@RequestMapping("/api/memory/recall")
@Requires(Verb.READ)
class MemoryRecallController {
  private static final int ITEMS_DEFAULT = 20;

  private final Recall recall;
  private final LevelKeeping levels;
  private final MemoryUse use;

  MemoryRecallController(Recall recall, LevelKeeping levels, MemoryUse use) {
    this.use = use;
    this.recall = recall;
    this.levels = levels;
  }

  /// What is absent weighs what it weighs by default.
  record WeightsBody(
      @Nullable Double near,
      @Nullable Double far,
      @Nullable Double session,
      @Nullable Double speaker,
      @Nullable Double time,
      @Nullable Double vector,
      @Nullable Double hop,
      @Nullable Double episode,
      @Nullable Double across,
      @Nullable Double spread,
      @Nullable Double recency,
      @Nullable Double recencyDays,
      @Nullable Double importance) {
    RecallWeights toWeights() {
      RecallWeights standard = RecallWeights.DEFAULT;
      return new RecallWeights(
          or(near, standard.near()),
          or(far, standard.far()),
          or(session, standard.session()),
          or(speaker, standard.speaker()),
          or(time, standard.time()),
          or(vector, standard.vector()),
          or(hop, standard.hop()),
          or(episode, standard.episode()),
          or(across, standard.across()),
          or(spread, standard.spread()),
          or(recency, standard.recency()),
          or(recencyDays, standard.recencyDays()),
          or(importance, standard.importance()));
    }

    private static double or(@Nullable Double given, double standard) {
      return given == null ? standard : given;
    }
  }

  /// @param items events at most, 1 to 500; 20 unless said
  /// @param budgetTokens tokens at most, by estimate; 0 or absent for any number
  /// @param now what *yesterday* and recency are meant from; absent for the server's clock
  /// @param explain whether each item says what its score is made of
  record RecallBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable String query,
      @Nullable Integer items,
      @Nullable Integer budgetTokens,
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable Instant now,
      @Nullable WeightsBody weights,
      @Nullable Boolean explain) {}

  record ItemView(EventView event, double score, int tokens, @Nullable Explanation explanation) {}

  /// @param whole false if something with a score was left out
  /// @param scopeId names the user's memories in what is kept of this reply, so that an erasure
  ///   finds it
  record RecallView(List<ItemView> items, int tokens, boolean whole, String scopeId) {}

  @PostMapping
  RecallView recall(Caller caller, @RequestBody RecallBody body) {
    MemoryScope scope = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    Recall.Result result =
        recall.recall(
            new RecallRequest(
                scope,
                body.query() == null ? "" : body.query(),
                body.items() == null ? ITEMS_DEFAULT : body.items(),
                body.budgetTokens() == null ? 0 : body.budgetTokens(),
                body.from(),
                body.to(),
                body.now(),
                body.weights() == null ? RecallWeights.DEFAULT : body.weights().toWeights()));
    use.read(
        caller, scope, "recall", result.items().stream().map(item -> item.event().seq()).toList());
    levels.recalled(result);
    boolean explain = body.explain() != null && body.explain();
    return new RecallView(
        result.items().stream()
            .map(item ->
                new ItemView(
                    EventView.of(item.event()),
                    item.score(),
                    item.tokens(),
                    explain ? item.explanation() : null))
            .toList(),
        result.tokens(),
        result.isWhole(),
        Mentions.memories(caller.tenant(), scope.user()));
  }
}
