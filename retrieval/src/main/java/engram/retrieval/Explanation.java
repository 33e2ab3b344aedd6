package engram.retrieval;

import java.util.List;

/// Why a score is what it is. A value with parts is the sum of its parts, up to rounding.
public record Explanation(String label, double value, List<Explanation> parts) {
  public Explanation {
    parts = List.copyOf(parts);
  }
}
