package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.Episode;
import engram.memory.EpisodeBank;
import engram.memory.EpisodeBank.Kept;
import engram.memory.EpisodeBank.Page;
import engram.memory.EpisodeBank.Query;
import engram.memory.EpisodeKeeping;
import engram.memory.MemoryScope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What happened, in pieces that belong together.
@RestController
@RequestMapping("/api/memory/episodes")
@Requires(Verb.READ)
class MemoryEpisodesController {
  private static final int LIMIT_DEFAULT = 100;

  private final EpisodeBank episodes;
  private final EpisodeKeeping keeping;
  private final MemoryUse use;
  private final Audit audit;

  MemoryEpisodesController(
      EpisodeBank episodes, EpisodeKeeping keeping, MemoryUse use, Audit audit) {
    this.episodes = episodes;
    this.keeping = keeping;
    this.use = use;
    this.audit = audit;
  }

  /// @param first position of its first event in the session
  /// @param last of its last one
  /// @param events how many it has
  /// @param knownFrom when the first of them was written down
  /// @param boundary why it begins: `session`, `gap` or `topic`
  record EpisodeView(
      long id,
      String user,
      String agent,
      String run,
      String session,
      int first,
      int last,
      int events,
      Instant from,
      Instant to,
      Instant knownFrom,
      String boundary) {
    static EpisodeView of(Kept kept) {
      Episode episode = kept.episode();
      return new EpisodeView(
          kept.id(),
          episode.place().user(),
          episode.place().agent(),
          episode.place().run(),
          episode.session(),
          episode.first(),
          episode.last(),
          kept.events(),
          episode.from(),
          episode.to(),
          kept.knownFrom(),
          episode.boundary().name().toLowerCase(Locale.ROOT));
    }
  }

  /// @param next the `after` of the next page; null on the last
  record EpisodesView(List<EpisodeView> items, @Nullable String next) {}

  /// In the order in which they began. Episodes follow the log with a short delay; their events are
  /// those of the session between the positions.
  ///
  /// @param from those that ended then or later
  /// @param to those that began before
  /// @param known only what was written down by then
  /// @param limit 1 to 1,000; 100 unless said
  @GetMapping
  EpisodesView list(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable String session,
      @RequestParam(required = false) @Nullable Instant from,
      @RequestParam(required = false) @Nullable Instant to,
      @RequestParam(required = false) @Nullable Instant known,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    Page page =
        episodes.timeline(
            new Query(
                scope, session, from, to, known, after, limit == null ? LIMIT_DEFAULT : limit));
    use.read(caller, scope, "episodes", page.episodes().stream().map(Kept::id).toList());
    return new EpisodesView(page.episodes().stream().map(EpisodeView::of).toList(), page.next());
  }

  /// @param begun that it begins; it goes on in the background, also after a crash
  record CutView(boolean begun) {}

  /// Cuts the logs of all users of the tenant into episodes anew, and summarises them anew. Other
  /// settings and other models do so by themselves; this is for a model that has other weights
  /// under its old name.
  @Requires(Verb.ADMIN)
  @PostMapping("/cut")
  @ResponseStatus(HttpStatus.ACCEPTED)
  CutView cut(Caller caller) {
    keeping.cutAnew(caller.tenant());
    audit.add(caller, "memory.episodes.cut", caller.tenant().toString(), Map.of());
    return new CutView(true);
  }
}
