package engram.memory.episode;

import engram.memory.Episode;
import engram.memory.Episode.Boundary;
import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import engram.memory.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Cuts sessions into episodes. First where nobody doubts it: between sessions and where time has
/// passed. What lies between is the segmenter's, but for a tool's call and its result, which are
/// never parted.
public final class Episodes {
  private final EpisodeSegmenter segmenter;
  private final Duration gap;

  /// @param gap as long a silence begins a new episode
  public Episodes(EpisodeSegmenter segmenter, Duration gap) {
    if (!gap.isPositive()) {
      throw new IllegalArgumentException("gap " + gap + " is not positive");
    }
    this.segmenter = segmenter;
    this.gap = gap;
  }

  /// Under another name the log is cut anew.
  String name() {
    return segmenter.name() + ", gap " + gap;
  }

  /// @param session events of one session of one place, by position
  /// @return every event is in one, and they are in order
  public List<Episode> of(List<Event> session) {
    List<Episode> episodes = new ArrayList<>();
    int from = 0;
    for (int at = 1; at <= session.size(); at++) {
      if (at == session.size() || isHard(session, at)) {
        Boundary boundary = from == 0 ? Boundary.SESSION : Boundary.GAP;
        addStretch(session, from, at, boundary, episodes);
        from = at;
      }
    }
    return episodes;
  }

  private boolean isHard(List<Event> session, int at) {
    Duration silence = Duration.between(session.get(at - 1).at(), session.get(at).at());
    return silence.compareTo(gap) >= 0 && !partsCall(session, at);
  }

  private void addStretch(
      List<Event> session, int from, int to, Boundary boundary, List<Episode> episodes) {
    List<Event> stretch = session.subList(from, to);
    int begin = 0;
    Boundary why = boundary;
    for (int cut : segmenter.cuts(stretch)) {
      if (!partsCall(stretch, cut)) {
        episodes.add(episode(stretch.subList(begin, cut), why));
        begin = cut;
        why = Boundary.TOPIC;
      }
    }
    episodes.add(episode(stretch.subList(begin, stretch.size()), why));
  }

  /// Whether a cut before `at` would part a tool's result from its call, or from another result of
  /// the same message.
  private static boolean partsCall(List<Event> events, int at) {
    return events.get(at).role() == Role.TOOL;
  }

  private static Episode episode(List<Event> events, Boundary boundary) {
    Event first = events.getFirst();
    Event last = events.getLast();
    return new Episode(
        first.place(),
        first.session(),
        first.position(),
        last.position(),
        first.at(),
        last.at(),
        boundary);
  }
}
