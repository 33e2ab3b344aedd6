package engram.retrieval.fuse;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reciprocal rank fusion: an id scores the sum over lists of `weight / (k + rank)`, ranks from 1.
/// Cormack, Clarke, Büttcher, SIGIR 2009; `k = 60` is theirs. Ties keep first appearance.
///
/// Where we differ: lists have weights, and the sum is divided by the most that an id can get
/// (first in every list), so that scores lie in `[0, 1]` whatever the weights.
public record ReciprocalRankFusion(int k) implements Fusion {
  public static final String NAME = "rrf";
  public static final int K_OF_PAPER = 60;

  public ReciprocalRankFusion {
    if (k < 1) {
      throw new IllegalArgumentException("k " + k + " < 1");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Fused> fuse(List<Ranking> rankings) {
    double weightSum = rankings.stream().mapToDouble(Ranking::weight).sum();
    Map<Long, double[]> parts = new LinkedHashMap<>();
    for (int list = 0; list < rankings.size(); list++) {
      Ranking ranking = rankings.get(list);
      if (ranking.weight() > 0) {
        double share = ranking.weight() / weightSum;
        for (int i = 0; i < ranking.ids().length; i++) {
          double[] of = parts.computeIfAbsent(ranking.ids()[i], id -> new double[rankings.size()]);
          // The most that a list can give is share / (k + 1) * (k + 1), at rank i + 1 = 1.
          of[list] = share * (k + 1) / (k + 1 + i);
        }
      }
    }
    List<Fused> fused = new ArrayList<>(parts.size());
    parts.forEach((id, of) -> fused.add(new Fused(id, Math.min(1, Fusion.sum(of)), of)));
    // Stable: ties keep their order.
    fused.sort((a, b) -> Double.compare(b.score(), a.score()));
    return fused;
  }
}
