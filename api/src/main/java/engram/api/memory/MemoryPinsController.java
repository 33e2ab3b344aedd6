package engram.api.memory;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.MemoryScope;
import engram.memory.Pins;
import engram.memory.Pins.Kind;
import engram.memory.Pins.Pin;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What is always remembered.
@RestController
@RequestMapping("/api/memory/pins")
@Requires(Verb.READ)
class MemoryPinsController {
  private final Pins pins;
  private final MemoryUse use;

  MemoryPinsController(Pins pins, MemoryUse use) {
    this.pins = pins;
    this.use = use;
  }

  record PinView(
      String kind,
      long number,
      String user,
      String agent,
      String run,
      String pinnedBy,
      Instant pinnedAt) {
    static PinView of(Pin pin) {
      return new PinView(
          pin.kind().name().toLowerCase(Locale.ROOT),
          pin.number(),
          pin.place().user(),
          pin.place().agent(),
          pin.place().run(),
          pin.pinnedBy(),
          pin.pinnedAt());
    }
  }

  record PinsView(List<PinView> items) {}

  record Unpinned(String kind, long number, boolean unpinned) {}

  @GetMapping
  PinsView list(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    List<Pin> pinned = pins.pins(scope);
    use.read(caller, scope, "pins", pinned.stream().map(Pin::number).toList());
    return new PinsView(pinned.stream().map(PinView::of).toList());
  }

  /// @param kind `event` or `claim`
  @Requires(Verb.WRITE)
  @PutMapping("/{kind}/{number}")
  PinView pin(
      Caller caller,
      @PathVariable String kind,
      @PathVariable long number,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    Pin pin = pins.pin(scope, kind(kind), number, caller.keyId());
    use.wrote(caller, pin.place(), "pin." + kind, List.of(number));
    return PinView.of(pin);
  }

  @Requires(Verb.WRITE)
  @DeleteMapping("/{kind}/{number}")
  Unpinned unpin(
      Caller caller,
      @PathVariable String kind,
      @PathVariable long number,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = MemoryPlace.of(caller, user, agent, run);
    boolean unpinned = pins.unpin(scope, kind(kind), number);
    use.wrote(caller, scope, "unpin." + kind, List.of(number));
    return new Unpinned(kind, number, unpinned);
  }

  private static Kind kind(String name) {
    for (Kind kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
        return kind;
      }
    }
    throw Failure.invalid("kind", "'kind' is 'event' or 'claim'.").toException();
  }
}
