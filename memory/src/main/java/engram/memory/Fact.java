package engram.memory;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What holds at some times according to what was known at some times.
///
/// @param claim the claim that it follows from
/// @param validFrom null where its beginning is unknown
/// @param validTo null where no end is known
/// @param knownFrom since when this is what follows
/// @param knownTo until when it was; null while it still is
/// @param evidence what stood for it, without what was removed since
public record Fact(
    long claim,
    MemoryScope place,
    String subject,
    String predicate,
    String object,
    boolean single,
    @Nullable Instant validFrom,
    @Nullable Instant validTo,
    Instant knownFrom,
    @Nullable Instant knownTo,
    Instant eventAt,
    FactSource source,
    List<Evidence> evidence) {
  public Fact {
    evidence = List.copyOf(evidence);
  }
}
