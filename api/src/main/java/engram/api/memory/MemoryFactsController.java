package engram.api.memory;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts;
import engram.memory.Facts.Asserted;
import engram.memory.Facts.Query;
import engram.memory.Facts.Quotation;
import engram.memory.MemoryScope;
import engram.retrieval.Span;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What is so, was so, and was thought to be so.
@RestController
@RequestMapping("/api/memory/facts")
@Requires(Verb.READ)
class MemoryFactsController {
  /// By all that is known.
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  private final Facts facts;
  private final MemoryUse use;
  private final Clock clock = Clock.systemUTC();

  MemoryFactsController(Facts facts, MemoryUse use) {
    this.use = use;
    this.facts = facts;
  }

  record FactsBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable List<FactBody> facts) {}

  /// @param single whether a later value ends an earlier one; true unless said
  /// @param validFrom since when it holds; absent where nobody says
  /// @param eventAt when it was said; there is no default
  /// @param source `assistant`, `tool`, `document`, `user` or `operator`; `user` unless said
  record FactBody(
      @Nullable String subject,
      @Nullable String predicate,
      @Nullable String object,
      @Nullable Boolean single,
      @Nullable Instant validFrom,
      @Nullable Instant validTo,
      @Nullable Instant eventAt,
      @Nullable String source,
      @Nullable List<EvidenceBody> evidence) {
    FactDraft toDraft() {
      if (eventAt == null) {
        throw Failure.invalid("event_at", "'event_at' says when it was said.").toException();
      }
      List<Evidence> pieces = new ArrayList<>();
      for (EvidenceBody piece : evidence == null ? List.<EvidenceBody>of() : evidence) {
        pieces.add(new Evidence(piece.event(), new Span(piece.start(), piece.end())));
      }
      return new FactDraft(
          subject == null ? "" : subject,
          predicate == null ? "" : predicate,
          object == null ? "" : object,
          single == null || single,
          validFrom,
          validTo,
          eventAt,
          FactSource.of(source == null ? "user" : source),
          pieces);
    }
  }

  /// A span of an event's text, in UTF-16 units.
  record EvidenceBody(long event, int start, int end) {}

  record CorrectionBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable FactBody fact) {}

  record RetractionBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable String reason) {}

  record PlaceBody(@Nullable String user, @Nullable String agent, @Nullable String run) {}

  /// @param modelCalls calls of a model that this write cost: none
  record AssertedView(List<Asserted> claims, int modelCalls) {}

  record FactView(
      long claim,
      String user,
      String agent,
      String run,
      String subject,
      String predicate,
      String object,
      boolean single,
      @Nullable Instant validFrom,
      @Nullable Instant validTo,
      Instant knownFrom,
      @Nullable Instant knownTo,
      Instant eventAt,
      String source,
      List<EvidenceBody> evidence) {
    static FactView of(Fact fact) {
      return new FactView(
          fact.claim(),
          fact.place().user(),
          fact.place().agent(),
          fact.place().run(),
          fact.subject(),
          fact.predicate(),
          fact.object(),
          fact.single(),
          fact.validFrom(),
          fact.validTo(),
          fact.knownFrom(),
          fact.knownTo(),
          fact.eventAt(),
          fact.source().text(),
          fact.evidence().stream()
              .map(piece ->
                  new EvidenceBody(piece.event(), piece.span().start(), piece.span().end()))
              .toList());
    }
  }

  /// @param contested standing claims that lose to these facts; only where asked for
  record FactsView(List<FactView> items, @Nullable List<FactView> contested) {}

  record Retracted(long claim, boolean retracted) {}

  /// @param intact whether every quotation is there, byte for byte
  record Verified(long claim, boolean intact, List<Quotation> quotations) {}

  @Requires(Verb.WRITE)
  @PostMapping
  AssertedView add(Caller caller, @RequestBody FactsBody body) {
    MemoryScope place = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    List<FactDraft> drafts =
        (body.facts() == null ? List.<FactBody>of() : body.facts())
            .stream().map(FactBody::toDraft).toList();
    List<Asserted> asserted = facts.add(place, drafts);
    use.wrote(caller, place, "assert", asserted.stream().map(Asserted::claim).toList());
    return new AssertedView(asserted, 0);
  }

  /// What holds; by default now, by what is known now.
  ///
  /// @param valid the time that is asked about
  /// @param known by what was known then
  /// @param history `true` for all that was ever known, whatever the times
  /// @param contested `true` for the claims that lose, too, by what was known then
  @GetMapping
  FactsView list(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable String subject,
      @RequestParam(required = false) @Nullable String predicate,
      @RequestParam(required = false) @Nullable Instant valid,
      @RequestParam(required = false) @Nullable Instant known,
      @RequestParam(required = false) @Nullable Boolean history,
      @RequestParam(required = false) @Nullable Boolean contested) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    Query query = new Query(subject, predicate);
    Instant when = valid == null ? clock.instant() : valid;
    Instant then = known == null ? LATEST : known;
    List<Fact> found =
        history != null && history
            ? facts.history(scope, query)
            : known == null && valid == null
                ? facts.current(scope, query)
                : facts.asOf(scope, query, when, then);
    @Nullable List<Fact> losers =
        contested != null && contested ? facts.contested(scope, query, when, then) : null;
    List<Long> shown =
        Stream.concat(found.stream(), losers == null ? Stream.empty() : losers.stream())
            .map(Fact::claim)
            .distinct()
            .toList();
    use.read(caller, scope, "facts", shown);
    return new FactsView(
        found.stream().map(FactView::of).toList(),
        losers == null ? null : losers.stream().map(FactView::of).toList());
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{claim}/correct")
  AssertedView correct(Caller caller, @PathVariable long claim, @RequestBody CorrectionBody body) {
    MemoryScope place = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    if (body.fact() == null) {
      throw Failure.invalid("fact", "'fact' says what is so instead.").toException();
    }
    Asserted asserted = facts.correct(place, claim, body.fact().toDraft());
    use.wrote(caller, place, "correct", List.of(claim, asserted.claim()));
    return new AssertedView(List.of(asserted), 0);
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{claim}/retract")
  Retracted retract(Caller caller, @PathVariable long claim, @RequestBody RetractionBody body) {
    MemoryScope place = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    facts.retract(place, claim, body.reason() == null ? "retracted" : body.reason());
    use.wrote(caller, place, "retract", List.of(claim));
    return new Retracted(claim, true);
  }

  /// Undoes a retraction.
  @Requires(Verb.WRITE)
  @PostMapping("/{claim}/reinstate")
  AssertedView reinstate(Caller caller, @PathVariable long claim, @RequestBody PlaceBody body) {
    MemoryScope place = MemoryPlace.of(caller, body.user(), body.agent(), body.run());
    Asserted asserted = facts.reinstate(place, claim);
    use.wrote(caller, place, "reinstate", List.of(claim, asserted.claim()));
    return new AssertedView(List.of(asserted), 0);
  }

  /// Why it holds, what it replaced, and what replaced it.
  @GetMapping("/{claim}/story")
  FactsView story(
      Caller caller,
      @PathVariable long claim,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    List<Fact> story = facts.story(scope, claim);
    use.read(caller, scope, "story", story.stream().map(Fact::claim).distinct().toList());
    return new FactsView(story.stream().map(FactView::of).toList(), null);
  }

  @GetMapping("/{claim}/verify")
  Verified verify(
      Caller caller,
      @PathVariable long claim,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    List<Quotation> quotations = facts.verify(scope, claim);
    use.read(caller, scope, "verify", List.of(claim));
    return new Verified(claim, quotations.stream().allMatch(Quotation::isIntact), quotations);
  }
}
