package engram.memory.episode;

import engram.memory.Episode;
import engram.memory.EpisodeKeeping;
import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.episode.EpisodeRows.Tail;
import engram.memory.log.EventRows;
import engram.memory.scope.LogReaders;
import engram.memory.scope.LogReaders.Behind;
import engram.memory.scope.MemoryTransactions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// [EpisodeKeeping]: cuts the end of each session that has something new.
///
/// The end begins where nobody doubts that something begins (the session, or a gap), so the cuts
/// are the same however the events came, in one piece or one by one. Only a stretch of more than
/// [#TAIL_EVENTS] without a gap is cut as it comes: then what lies before them stays as it is.
public final class LogSegmenter implements EpisodeKeeping {
  private static final String READER = "episodes";
  private static final String FOLLOWER = "levels";
  private static final int EVENTS = 500;

  /// Looked at again with each step, at most, beside what is new.
  static final int TAIL_EVENTS = 500;

  private final LogReaders readers;
  private final MemoryTransactions transactions;
  private final EventRows events;
  private final EpisodeRows rows;
  private final Episodes cutter;

  public LogSegmenter(
      LogReaders readers,
      MemoryTransactions transactions,
      EventRows events,
      EpisodeRows rows,
      Episodes cutter) {
    this.readers = readers;
    this.transactions = transactions;
    this.events = events;
    this.rows = rows;
    this.cutter = cutter;
  }

  /// A session of a place.
  record Session(MemoryScope place, String name) {}

  @Override
  public boolean segmentNext() {
    Optional<Behind> found = readers.behind(READER, cutter.name());
    if (found.isEmpty()) {
      return false;
    }
    Behind behind = found.get();
    MemoryScope whole = MemoryScope.whole(behind.tenant());
    long upTo = readers.upTo(behind, EVENTS);
    Map<Session, Integer> grown = new LinkedHashMap<>();
    List<Event> fresh =
        transactions.read(whole, () -> events.between(behind.tenant(), behind.seq(), upTo));
    for (Event event : fresh) {
      grown.merge(new Session(event.place(), event.session()), event.position(), Math::max);
    }
    Set<Session> returned = new HashSet<>();
    List<Event> back =
        transactions.read(
            whole,
            () ->
                events.of(behind.tenant(), rows.broughtBack(behind.tenant(), behind.seq(), upTo)));
    for (Event event : back) {
      Session session = new Session(event.place(), event.session());
      returned.add(session);
      grown.put(session, Integer.MAX_VALUE);
    }
    boolean anew = behind.seq() == 0;
    List<Tail> tails = new ArrayList<>();
    grown.forEach(
        (session, last) -> tails.add(tail(session, last, anew || returned.contains(session))));
    // A model may stand behind the cutter, so no transaction is open here.
    readers.advance(
        behind,
        READER,
        cutter.name(),
        upTo,
        () -> {
          if (anew) {
            rows.clear(behind.tenant());
            // Other episodes want other summaries, also where nothing new is said.
            readers.beginAgain(behind.tenant(), FOLLOWER);
          }
          rows.replace(behind.tenant(), tails);
        });
    return true;
  }

  @Override
  public void cutAnew(UUID tenant) {
    transactions.write(
        MemoryScope.whole(tenant),
        () -> {
          transactions.lockHead(tenant);
          readers.beginAgain(tenant, READER);
          return true;
        });
  }

  /// The end of a session as it is, before it is cut.
  private record End(EpisodeRows.Start start, List<Event> events) {}

  private Tail tail(Session session, int last, boolean anew) {
    MemoryScope place = session.place();
    End end = transactions.read(place, () -> end(session, last, anew));
    return new Tail(place, session.name(), end.start().position(), cut(end.events(), end.start()));
  }

  private End end(Session session, int last, boolean anew) {
    MemoryScope place = session.place();
    EpisodeRows.Start start =
        anew
            ? EpisodeRows.Start.OF_SESSION
            : rows.startOfTail(place, session.name(), last - TAIL_EVENTS);
    List<Event> said =
        events.span(place, session.name(), start.position(), last).stream()
            .filter(event -> event.role() != Role.RECALLED)
            .toList();
    return new End(start, said);
  }

  /// The first piece begins for the reason for which it began before.
  private List<Episode> cut(List<Event> stretch, EpisodeRows.Start start) {
    List<Episode> episodes = new ArrayList<>(cutter.of(stretch));
    if (!episodes.isEmpty()) {
      Episode first = episodes.getFirst();
      episodes.set(
          0,
          new Episode(
              first.place(),
              first.session(),
              first.first(),
              first.last(),
              first.from(),
              first.to(),
              start.boundary()));
    }
    return episodes;
  }
}
