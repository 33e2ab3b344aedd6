package engram.memory.episode;

import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import java.util.List;
import java.util.stream.IntStream;

/// Every so many events. The control that any cleverer way has to beat.
public record FixedSize(int events) implements EpisodeSegmenter {
  public FixedSize {
    if (events < 1) {
      throw new IllegalArgumentException("events " + events + " < 1");
    }
  }

  @Override
  public String name() {
    return "fixed-" + events;
  }

  @Override
  public List<Integer> cuts(List<Event> stretch) {
    return IntStream.range(1, stretch.size()).filter(at -> at % events == 0).boxed().toList();
  }
}
