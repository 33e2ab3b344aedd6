package engram.memory.episode;

import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import engram.memory.Surprise;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cuts where a language model was surprised, then moves each cut to where it parts the texts best.
///
/// EM-LLM (arXiv 2407.09450, section 3.1 and equations 1 to 4): a boundary where `s_t > μ + γ σ`
/// over the `window` values before; then, for each boundary, of all places in the episode before it
/// and half an episode's size on each side, the one of greatest modularity or least conductance.
/// Theirs are tokens, and likeness is that of attention keys; here they are events, and likeness is
/// that of words. The number of episodes is not changed by moving.
///
/// Surprise counted from words instead of a model is no better than chance at most budgets (that
/// was measured), so there is no such fallback: without a model use another segmenter.
///
/// @param gamma theirs is 1.0
/// @param window values before; fewer at the beginning
public record SurpriseCuts(Surprise surprise, double gamma, int window, Refinement refinement)
    implements EpisodeSegmenter {
  /// How the place of a boundary is refined.
  public enum Refinement {
    NONE,
    MODULARITY,
    CONDUCTANCE
  }

  private static final int WINDOW_MIN = 3;

  public SurpriseCuts {
    if (window < WINDOW_MIN) {
      throw new IllegalArgumentException("window %d < %d".formatted(window, WINDOW_MIN));
    }
    if (!Double.isFinite(gamma)) {
      throw new IllegalArgumentException("gamma " + gamma + " is not finite");
    }
  }

  @Override
  public String name() {
    return String.join(
        "-",
        "surprise",
        surprise.name(),
        Double.toString(gamma),
        Integer.toString(window),
        refinement.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public List<Integer> cuts(List<Event> stretch) {
    List<Double> said = surprise.of(stretch);
    if (said.size() != stretch.size()) {
      throw new IllegalStateException(
          "surprise of %d events has %d values".formatted(stretch.size(), said.size()));
    }
    double[] values = said.stream().mapToDouble(Double::doubleValue).toArray();
    List<Integer> cuts = new ArrayList<>();
    for (int at = WINDOW_MIN; at < values.length; at++) {
      Spread before = Spread.of(values, Math.max(0, at - window), at);
      if (values[at] > before.mean() + gamma * before.deviation()) {
        cuts.add(at);
      }
    }
    return refinement == Refinement.NONE ? cuts : refined(new Likeness(stretch), cuts);
  }

  private List<Integer> refined(Likeness likeness, List<Integer> cuts) {
    List<Integer> moved = new ArrayList<>();
    for (int i = 0; i < cuts.size(); i++) {
      int before = moved.isEmpty() ? 0 : moved.getLast();
      int cut = cuts.get(i);
      int after = i + 1 < cuts.size() ? cuts.get(i + 1) : likeness.size();
      int half = Math.max(1, (cut - before) / 2);
      int from = Math.max(0, before - half);
      int to = Math.min(after, cut + half);
      moved.add(best(likeness, from, to, cut, before));
    }
    return moved;
  }

  /// The place in `(from, to)`, after `least`, that parts the texts in `[from, to)` best; the old
  /// one where none is better.
  private int best(Likeness likeness, int from, int to, int old, int least) {
    int best = old;
    double most = quality(likeness, from, old, to);
    for (int at = Math.max(from, least) + 1; at < to; at++) {
      double quality = quality(likeness, from, at, to);
      if (quality > most) {
        most = quality;
        best = at;
      }
    }
    return best;
  }

  /// Greater is better.
  private double quality(Likeness likeness, int from, int at, int to) {
    double inLeft = 0;
    double inRight = 0;
    double cut = 0;
    for (int one = from; one < to; one++) {
      for (int other = from; other < to; other++) {
        if (one != other) {
          double weight = likeness.of(one, other);
          if (one < at && other < at) {
            inLeft += weight;
          } else if (one >= at && other >= at) {
            inRight += weight;
          } else {
            cut += weight / 2;
          }
        }
      }
    }
    return switch (refinement) {
      case NONE -> 0;
      case MODULARITY -> modularity(inLeft, inRight, cut);
      case CONDUCTANCE -> -conductance(inLeft, inRight, cut);
    };
  }

  /// `Q = Σ_c (in_c / 2m − (vol_c / 2m)²)`, Newman & Girvan 2004 as communities' sums; in_c counts
  /// each edge from both ends.
  static double modularity(double inLeft, double inRight, double cut) {
    double all = inLeft + inRight + 2 * cut;
    if (all == 0) {
      return 0;
    }
    double left = (inLeft + cut) / all;
    double right = (inRight + cut) / all;
    return inLeft / all - left * left + inRight / all - right * right;
  }

  /// `cut / min(vol left, vol right)`, with volumes by degree as in the paper; EM-LLM's code counts
  /// inner edges alone.
  static double conductance(double inLeft, double inRight, double cut) {
    double volume = Math.min(inLeft + cut, inRight + cut);
    return volume == 0 ? 1 : cut / volume;
  }
}
