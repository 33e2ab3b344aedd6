package engram.memory.fact;

import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.Facts.Asserted;
import engram.memory.MemoryScope;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Claims of other times and other places, made those of this one: by adding and ending, like
/// everything about claims. Each call joins the caller's transaction in the place.
public final class FactStates {
  private static final HexFormat HEX = HexFormat.of();

  private final StoredFacts facts;
  private final MemoryTransactions transactions;
  private final ClaimRows claims;
  private final ClaimCopies copies;
  private final SubjectCiphers ciphers;

  FactStates(
      StoredFacts facts,
      MemoryTransactions transactions,
      ClaimRows claims,
      ClaimCopies copies,
      SubjectCiphers ciphers) {
    this.facts = facts;
    this.transactions = transactions;
    this.claims = claims;
    this.copies = copies;
    this.ciphers = ciphers;
  }

  Asserted reinstate(MemoryScope place, long claim) {
    Head head = transactions.lockHead(place.tenant());
    SubjectCipher cipher = ciphers.of(place);
    ClaimCopies.Row row =
        copies
            .ended(place, claim, cipher)
            .orElseThrow(() -> new NotFoundException("ended claim", Long.toString(claim)));
    Map<Long, Long> copied = copies.insert(place, List.of(row), head.seq(), cipher, head.now());
    Long id = copied.get(claim);
    if (id == null) {
      throw StoredFacts.refused("all evidence of claim %d was erased".formatted(claim));
    }
    transactions.advance(place.tenant(), Math.max(id, head.seq()));
    Set<String> slots = new LinkedHashSet<>(List.of(row.slot()));
    facts.correctedSlots(place, id, slots);
    derive(place, slots, head.now());
    return new Asserted(id, id > head.seq(), !facts.holding(place, List.of(id)).isEmpty());
  }

  /// What a return to an earlier state did.
  ///
  /// @param seq the last number that was given
  public record Returned(long ended, long reinstated, long seq) {}

  /// Makes the claims of a place those that stood at a time, by ending what came since and adding
  /// again what ended since. The caller holds the tenant's head, and has set events aside and
  /// brought them back before.
  ///
  /// @param seq the last number that was given
  public Returned returnTo(MemoryScope place, Instant known, long seq, Instant now) {
    SubjectCipher cipher = ciphers.of(place);
    ClaimCopies.Difference difference = copies.since(place, known, cipher);
    Set<String> slots = new LinkedHashSet<>();
    for (ClaimCopies.Row row : difference.ended()) {
      slots.add(row.slot());
    }
    for (ClaimCopies.Row row : difference.added()) {
      slots.add(row.slot());
      facts.correctedSlots(place, row.id(), slots);
      claims.end(place, row.id(), "rolled back", now);
    }
    Map<Long, Long> copied = copies.insert(place, difference.ended(), seq, cipher, now);
    for (long id : copied.values()) {
      facts.correctedSlots(place, id, slots);
    }
    derive(place, slots, now);
    long last = copied.values().stream().mapToLong(Long::longValue).max().orElse(seq);
    return new Returned(difference.added().size(), copied.size(), Math.max(seq, last));
  }

  /// Adds claims as they stand elsewhere: what they correct may be corrected by others too. The
  /// caller holds the tenant's head.
  ///
  /// @param corrects for each draft the index of the draft that it corrects; -1 for none
  public void load(MemoryScope place, List<FactDraft> drafts, List<Integer> corrects) {
    Head head = transactions.lockHead(place.tenant());
    SubjectCipher cipher = ciphers.of(place);
    FactHashes hashes = new FactHashes(cipher);
    Set<String> slots = new LinkedHashSet<>();
    long id = head.seq();
    for (int at = 0; at < drafts.size(); at++) {
      FactDraft draft = drafts.get(at);
      id++;
      @Nullable Long corrected = corrects.get(at) < 0 ? null : head.seq() + 1 + corrects.get(at);
      claims.insert(place, id, draft, corrected, cipher, head.now());
      for (Evidence piece : draft.evidence()) {
        claims.insertEvidence(place, id, piece, hashes.quote(facts.quote(place, draft, piece)));
      }
      slots.add(HEX.formatHex(hashes.slot(draft)));
    }
    transactions.advance(place.tenant(), id);
    derive(place, slots, head.now());
  }

  private void derive(MemoryScope place, Set<String> slots, Instant now) {
    for (String slot : slots) {
      facts.derive(place, HEX.parseHex(slot), now);
    }
  }

  /// A claim that had not ended.
  ///
  /// @param corrects null for none
  public record Stated(long id, @Nullable Long corrects, FactDraft draft) {}

  /// The claims of a place that had not ended at a time, by number.
  public List<Stated> stated(MemoryScope place, Instant known) {
    Optional<SubjectCipher> cipher = ciphers.find(place);
    return cipher.isEmpty() ? List.of() : copies.stated(place, known, cipher.get());
  }
}
