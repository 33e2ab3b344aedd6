package engram.memory.transfer;

import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Transfer;
import engram.memory.Transfer.Manifest;
import engram.memory.fact.FactStates.Stated;
import engram.memory.fact.StoredFacts;
import engram.memory.log.EventRows;
import engram.memory.transfer.Lines.ClaimLine;
import engram.memory.transfer.Lines.EventLine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Writes the lines of a place's state. Joins the caller's transaction.
final class StateWriter {
  private static final int AT_ONCE = 1_000;

  private final EventRows events;
  private final StoredFacts facts;

  StateWriter(EventRows events, StoredFacts facts) {
    this.events = events;
    this.facts = facts;
  }

  /// Where lines go.
  interface Sink {
    void line(byte[] line) throws IOException;

    /// All events are written; claims follow.
    void claims() throws IOException;
  }

  /// @param seq where the log stood
  Manifest write(MemoryScope place, long seq, Instant known, Sink sink) throws IOException {
    MessageDigest eventsDigest = sha256();
    Map<Long, Integer> numbers = new HashMap<>();
    long after = 0;
    while (true) {
      List<Event> some = events.asOf(place.tenant(), seq, after, AT_ONCE);
      if (some.isEmpty()) {
        break;
      }
      for (Event event : some) {
        numbers.put(event.seq(), numbers.size() + 1);
        put(EventLine.of(numbers.size(), event), eventsDigest, sink);
        after = event.seq();
      }
    }
    sink.claims();
    MessageDigest claimsDigest = sha256();
    Map<Long, Integer> claims = new HashMap<>();
    for (Stated stated : facts.states().stated(place, known)) {
      claims.put(stated.id(), claims.size() + 1);
      int corrects = stated.corrects() == null ? 0 : claims.getOrDefault(stated.corrects(), 0);
      put(ClaimLine.of(claims.size(), corrects, stated.draft(), numbers), claimsDigest, sink);
    }
    return manifest(numbers.size(), claims.size(), eventsDigest, claimsDigest);
  }

  private static void put(Object line, MessageDigest digest, Sink sink) throws IOException {
    byte[] bytes = (Lines.JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
    digest.update(bytes);
    sink.line(bytes);
  }

  static Manifest manifest(
      long events, long claims, MessageDigest eventsDigest, MessageDigest claimsDigest) {
    String eventsSha = HexFormat.of().formatHex(eventsDigest.digest());
    String claimsSha = HexFormat.of().formatHex(claimsDigest.digest());
    MessageDigest both = sha256();
    both.update((eventsSha + claimsSha).getBytes(StandardCharsets.US_ASCII));
    return new Manifest(
        "engram-memory",
        Transfer.VERSION,
        events,
        claims,
        eventsSha,
        claimsSha,
        HexFormat.of().formatHex(both.digest()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is not available", e);
    }
  }

  /// Counts and hashes only.
  static Sink nowhere() {
    return new Sink() {
      @Override
      public void line(byte[] line) {}

      @Override
      public void claims() {}
    };
  }

  /// Into a stream, with something to do between events and claims.
  interface Between {
    void claims() throws IOException;
  }

  static Sink into(OutputStream output, Between between) {
    return new Sink() {
      @Override
      public void line(byte[] line) throws IOException {
        output.write(line);
      }

      @Override
      public void claims() throws IOException {
        between.claims();
      }
    };
  }
}
