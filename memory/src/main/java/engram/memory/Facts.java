package engram.memory;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is so, on two axes of time: when it holds, and when it was known.
///
/// Claims are added and ended, never changed; what holds follows from the claims that stand by rule
/// and needs no model:
///
/// 1. A claim holds from its `validFrom`, or its `eventAt` where that is unknown, to its `validTo`.
/// 2. Of the claims about one subject and single-valued predicate that hold at a time, the one of
///    the strongest source wins, then the one that began later, then the one said later, then the
///    one that was written down later.
/// 3. Where none holds, one of unknown beginning reaches back: the one that ends first, then the
///    one said first, then the stronger source, then the one written down first.
/// 4. A claim that a standing claim corrects does not stand. One whose evidence is all removed does
///    not stand either. So whatever was retired comes back when what retired it goes.
///
/// Scopes here name one user; agent and run may be `*`, and then each place's facts stand side by
/// side. Threads: any.
public interface Facts {
  int BATCH_MAX = 1_000;

  /// What became of a draft.
  ///
  /// @param isNew false if this very claim stood already
  /// @param holds whether it wins at any time; if not, stronger ones leave it no room
  record Asserted(long claim, boolean isNew, boolean holds) {}

  /// What to look for; null for any.
  record Query(@Nullable String subject, @Nullable String predicate) {
    public static Query all() {
      return new Query(null, null);
    }
  }

  /// A claim's quotation, cut from its event again.
  ///
  /// @param isIntact whether it is what was quoted, byte for byte
  record Quotation(Evidence evidence, String text, boolean isIntact) {}

  /// Adds claims in one transaction, or none of them.
  ///
  /// @throws engram.retrieval.RefusedException `evidence_invalid` if a quoted event is not in this
  ///   place, the span is not within it, or it is not the source's own words
  List<Asserted> add(MemoryScope place, List<FactDraft> drafts);

  /// Adds a claim in whose light another one never stood.
  ///
  /// @throws engram.retrieval.NotFoundException if no such claim stands in this place
  Asserted correct(MemoryScope place, long claim, FactDraft draft);

  /// Ends a claim. What it had retired comes back.
  ///
  /// @throws engram.retrieval.NotFoundException if no such claim stands in this place
  void retract(MemoryScope place, long claim, String reason);

  /// Adds an ended claim again, with what is left of its evidence: undoes a retraction.
  ///
  /// @throws engram.retrieval.NotFoundException if no such claim ended in this place
  /// @throws engram.retrieval.RefusedException `evidence_invalid` if all its evidence was erased
  Asserted reinstate(MemoryScope place, long claim);

  /// What holds now according to what is known now.
  List<Fact> current(MemoryScope scope, Query query);

  /// What held at a time according to what was known at a time.
  List<Fact> asOf(MemoryScope scope, Query query, Instant valid, Instant known);

  /// What holds now of all that these events were ever evidence about. So where an event says what
  /// was so and is no longer, this says what is. Facts of pinned claims are always among them.
  List<Fact> concerning(MemoryScope scope, Collection<Long> events);

  /// All that was known at a time, whenever it holds.
  List<Fact> known(MemoryScope scope, Instant known);

  /// All that ever followed about what a claim is about (its subject's single-valued predicate, or
  /// its one object), by when it was known: why it holds, what it replaced, what replaced it.
  List<Fact> story(MemoryScope scope, long claim);

  /// All that ever followed, by when it was known.
  List<Fact> history(MemoryScope scope, Query query);

  /// The claims that hold at a time by themselves but lose to a fact, of those that stood according
  /// to what was known at a time; each with the time that it claims.
  List<Fact> contested(MemoryScope scope, Query query, Instant valid, Instant known);

  /// Cuts the quotations of a claim from their events again and compares.
  List<Quotation> verify(MemoryScope scope, long claim);
}
