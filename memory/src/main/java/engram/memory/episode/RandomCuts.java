package engram.memory.episode;

import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// As many cuts as another segmenter makes, anywhere. The second control: what is not better than
/// this has found no boundaries, only a size.
///
/// The seed is mixed with the stretch's first number, so that it is random per stretch and the same
/// in every run.
public record RandomCuts(EpisodeSegmenter asMany, long seed) implements EpisodeSegmenter {
  @Override
  public String name() {
    return "random-as-" + asMany.name();
  }

  @Override
  public List<Integer> cuts(List<Event> stretch) {
    int count = asMany.cuts(stretch).size();
    if (count == 0) {
      return List.of();
    }
    List<Integer> places = new ArrayList<>();
    for (int at = 1; at < stretch.size(); at++) {
      places.add(at);
    }
    Collections.shuffle(
        places, new Random(seed ^ (stretch.getFirst().seq() * 0x9e3779b97f4a7c15L)));
    return places.subList(0, count).stream().sorted().toList();
  }
}
