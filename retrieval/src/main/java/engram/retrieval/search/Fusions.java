package engram.retrieval.search;

import engram.retrieval.RefusedException;
import engram.retrieval.fuse.ConvexCombination;
import engram.retrieval.fuse.Fusion;
import engram.retrieval.fuse.ReciprocalRankFusion;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The fusions that a request can name.
final class Fusions {
  private static final Map<String, Fusion> ALL =
      Map.of(
          ConvexCombination.NAME, new ConvexCombination(),
          ReciprocalRankFusion.NAME, new ReciprocalRankFusion(ReciprocalRankFusion.K_OF_PAPER));

  private Fusions() {}

  /// @param asked null for what fits the collection: scores can be added up where an evaluation has
  ///   weighed them, ranks everywhere
  static Fusion named(@Nullable String asked, boolean calibrated) {
    String name = asked;
    if (name == null) {
      name = calibrated ? ConvexCombination.NAME : ReciprocalRankFusion.NAME;
    }
    Fusion fusion = ALL.get(name);
    if (fusion == null) {
      throw new RefusedException(
          RefusedException.Reason.INVALID,
          "unknown_fusion",
          "'" + name + "' is no fusion: choose one of " + new TreeSet<>(ALL.keySet()) + ".");
    }
    return fusion;
  }
}
