package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.Consolidation;
import engram.memory.LevelBank;
import engram.memory.LevelBank.Level;
import engram.memory.LevelBank.Page;
import engram.memory.LevelBank.Sizes;
import engram.memory.LevelBank.Summary;
import engram.memory.MemoryScope;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What was said, in fewer words, and what it takes.
@RestController
@RequestMapping("/api/memory")
@Requires(Verb.READ)
class MemoryLevelsController {
  private static final int LIMIT_DEFAULT = 100;

  private final LevelBank levels;
  private final Consolidation consolidation;
  private final MemoryUse use;
  private final Audit audit;

  MemoryLevelsController(
      LevelBank levels, Consolidation consolidation, MemoryUse use, Audit audit) {
    this.use = use;
    this.levels = levels;
    this.consolidation = consolidation;
    this.audit = audit;
  }

  /// @param text empty once it is dropped
  /// @param writer `extractive`, or the model that wrote it
  /// @param state `full`, `brief` or `dropped`
  /// @param sources numbers of events for an episode, ids of summaries for a topic or a profile
  /// @param tokens by estimate
  /// @param retention how likely it is still remembered, 0 to 1
  record SummaryView(
      long id,
      String user,
      String agent,
      String run,
      String level,
      String text,
      String writer,
      String state,
      List<Long> sources,
      int tokens,
      Instant from,
      Instant to,
      Instant madeAt,
      int recalls,
      double retention) {
    static SummaryView of(Summary summary) {
      return new SummaryView(
          summary.id(),
          summary.place().user(),
          summary.place().agent(),
          summary.place().run(),
          summary.level().text(),
          summary.text(),
          summary.writer(),
          lower(summary.state()),
          summary.sources(),
          summary.tokens(),
          summary.from(),
          summary.to(),
          summary.madeAt(),
          summary.recalls(),
          summary.retention());
    }
  }

  /// @param next the `after` of the next page; null on the last
  record LevelsView(List<SummaryView> items, @Nullable Long next) {}

  record LevelSizeView(String level, long items, long bytes) {}

  record DemotionView(
      long summary,
      String level,
      String from,
      String to,
      double retention,
      int bytes,
      Instant at) {}

  /// @param day in UTC
  /// @param bytes what came on that day, less what the budget took, of what is still there
  record GrowthView(LocalDate day, String level, long bytes) {}

  /// @param budgetBytes of the summaries of one agent and run
  /// @param usedBytes of the fullest
  /// @param strengthDays after how many days without a recall `1/e` of a retention is left
  /// @param growth by day
  /// @param demotions what the budget shortened or dropped, latest first
  record SizesView(
      List<LevelSizeView> levels,
      long budgetBytes,
      long usedBytes,
      double strengthDays,
      List<GrowthView> growth,
      List<DemotionView> demotions) {}

  record ConsolidationBody(@Nullable String user) {}

  /// @param job its id in `/api/jobs`
  record ConsolidationView(UUID job) {}

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /// Summaries of one level. They follow the log with a delay.
  ///
  /// @param level `episode`, `topic` or `profile`; `profile` unless said
  /// @param after the last id of the page before
  /// @param limit 1 to 1,000; 100 unless said
  @GetMapping("/levels")
  LevelsView read(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable String level,
      @RequestParam(required = false) @Nullable Long after,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    Page page =
        levels.read(
            scope,
            level == null ? Level.PROFILE : Level.of(level),
            after == null ? 0 : after,
            limit == null ? LIMIT_DEFAULT : limit);
    use.read(
        caller,
        scope,
        "levels",
        page.items().stream().flatMap(MemoryLevelsController::said).toList());
    return new LevelsView(page.items().stream().map(SummaryView::of).toList(), page.next());
  }

  /// The events that a summary of an episode was made of; other levels are made of summaries.
  private static Stream<Long> said(Summary summary) {
    return summary.level() == Level.EPISODE ? summary.sources().stream() : Stream.empty();
  }

  @GetMapping("/sizes")
  SizesView sizes(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    Sizes sizes = levels.sizes(MemoryPlace.of(caller, user, agent, run));
    return new SizesView(
        sizes.levels().stream()
            .map(size -> new LevelSizeView(size.level().text(), size.items(), size.bytes()))
            .toList(),
        sizes.budgetBytes(),
        sizes.usedBytes(),
        sizes.strengthDays(),
        sizes.growth().stream()
            .map(one -> new GrowthView(one.day(), one.level().text(), one.bytes()))
            .toList(),
        sizes.demotions().stream()
            .map(one ->
                new DemotionView(
                    one.summary(),
                    one.level().text(),
                    lower(one.from()),
                    lower(one.to()),
                    one.retention(),
                    one.bytes(),
                    one.at()))
            .toList());
  }

  /// Looks for what was said twice. It runs by itself behind what is new; asking for it is for
  /// those who do not want to wait.
  @Requires(Verb.WRITE)
  @PostMapping("/consolidate")
  @ResponseStatus(HttpStatus.ACCEPTED)
  ConsolidationView consolidate(Caller caller, @RequestBody ConsolidationBody body) {
    MemoryScope scope = MemoryPlace.of(caller, body.user(), null, null);
    UUID job = consolidation.enqueue(scope.tenant(), scope.user());
    use.wrote(caller, scope, "consolidate", List.of());
    audit.add(caller, "memory.consolidate", job.toString(), Map.of());
    return new ConsolidationView(job);
  }
}
