package engram.api.memory;

import engram.api.erase.Mentions;
import engram.api.memory.MemoryFactsController.FactView;
import engram.api.memory.TurnMemoryView.RecalledView;
import engram.api.security.Caller;
import engram.memory.EventLog.Appended;
import engram.memory.MemoryNotes;
import engram.memory.MemoryScope;
import engram.memory.Turns;
import engram.memory.Turns.Recollection;
import engram.memory.Turns.Turn;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A turn of a request between recall and keeping. One thread.
public final class RememberedTurn {
  private static final Logger LOG = LoggerFactory.getLogger(RememberedTurn.class);

  /// Of a request that names no memory.
  static final RememberedTurn NONE = new RememberedTurn(null);

  /// @param turns that it is kept by
  private record Begun(
      Turns turns,
      Turn turn,
      Recollection recollection,
      boolean keeps,
      MemoryUse use,
      Caller caller,
      Clock clock) {}

  private final @Nullable Begun begun;

  private RememberedTurn(@Nullable Begun begun) {
    this.begun = begun;
  }

  RememberedTurn(
      Turns turns,
      Turn turn,
      Recollection recollection,
      boolean keeps,
      MemoryUse use,
      Caller caller,
      Clock clock) {
    this(new Begun(turns, turn, recollection, keeps, use, caller, clock));
  }

  /// What the model is to be shown; empty for nothing.
  public String notes() {
    return begun == null ? "" : MemoryNotes.of(begun.recollection());
  }

  /// Whether something that the model was shown was erased since. To be asked after a reply was
  /// stored: an erasure that comes later than this question finds the reply.
  public boolean quotesWhatIsGone() {
    return begun != null && !begun.turns().isThere(begun.turn(), begun.recollection());
  }

  /// Keeps the turn, once.
  ///
  /// @param answer blank for none
  /// @return what to tell the caller; null where no memory was named. An answer that cannot be kept
  ///   is an answer still: then a note says so
  public @Nullable TurnMemoryView keep(String answer) {
    if (begun == null) {
      return null;
    }
    if (!begun.keeps()) {
      return view(begun, List.of(), List.of());
    }
    try {
      List<Appended> kept = begun.turns().keep(begun.turn(), answer, begun.clock().instant());
      begun
          .use()
          .wrote(
              begun.caller(),
              begun.turn().place(),
              "keep_turn",
              kept.stream().map(Appended::seq).toList());
      return view(begun, kept, List.of());
    } catch (RuntimeException failure) {
      LOG.warn("A turn was answered and could not be kept", failure);
      return view(
          begun, List.of(), List.of("This turn could not be kept; repeat the request to keep it."));
    }
  }

  private static TurnMemoryView view(Begun begun, List<Appended> kept, List<String> notes) {
    MemoryScope place = begun.turn().place();
    Recollection recollection = begun.recollection();
    return new TurnMemoryView(
        Mentions.memories(place.tenant(), place.user()),
        place.user(),
        place.agent(),
        place.run(),
        begun.turn().session(),
        recollection.items().stream().map(RecalledView::of).toList(),
        recollection.facts().stream().map(FactView::of).toList(),
        recollection.tokens(),
        kept,
        notes);
  }
}
