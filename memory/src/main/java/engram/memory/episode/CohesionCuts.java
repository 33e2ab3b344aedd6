package engram.memory.episode;

import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import java.util.ArrayList;
import java.util.List;

/// Cuts where what was said before and after has less in common than further on either side.
///
/// TextTiling (Hearst, Computational Linguistics 1997): at each place the likeness of the `window`
/// events before and after; its depth is how far that lies below the nearest peaks left and right;
/// a cut where the depth is at least mean + `strictness` standard deviations of all depths and a
/// local maximum. Hearst cuts above mean − σ/2 in expository text; talk has more noise.
///
/// @param eventsMin an episode has at least so many
public record CohesionCuts(int window, double strictness, int eventsMin)
    implements EpisodeSegmenter {
  public CohesionCuts {
    if (window < 1 || eventsMin < 1) {
      throw new IllegalArgumentException(
          "window %d and eventsMin %d are at least 1".formatted(window, eventsMin));
    }
  }

  @Override
  public String name() {
    return "cohesion-" + window + "-" + strictness + "-" + eventsMin;
  }

  @Override
  public List<Integer> cuts(List<Event> stretch) {
    if (stretch.size() < 2 * eventsMin) {
      return List.of();
    }
    double[] depths = depths(new Likeness(stretch));
    Spread spread = Spread.of(depths, 1, depths.length);
    List<Integer> cuts = new ArrayList<>();
    int last = 0;
    for (int at = 1; at < depths.length; at++) {
      boolean peak =
          depths[at] >= depths[at - 1] && (at + 1 == depths.length || depths[at] > depths[at + 1]);
      if (peak
          && depths[at] > 0
          && depths[at] >= spread.mean() + strictness * spread.deviation()
          && at - last >= eventsMin
          && stretch.size() - at >= eventsMin) {
        cuts.add(at);
        last = at;
      }
    }
    return cuts;
  }

  /// By place; 0 at place 0.
  private double[] depths(Likeness likeness) {
    int size = likeness.size();
    double[] across = new double[size];
    for (int at = 1; at < size; at++) {
      across[at] = likeness.across(Math.max(0, at - window), at, Math.min(size, at + window));
    }
    double[] depths = new double[size];
    for (int at = 1; at < size; at++) {
      double left = across[at];
      for (int i = at - 1; i >= 1 && across[i] >= left; i--) {
        left = across[i];
      }
      double right = across[at];
      for (int i = at + 1; i < size && across[i] >= right; i++) {
        right = across[i];
      }
      depths[at] = left + right - 2 * across[at];
    }
    return depths;
  }
}
