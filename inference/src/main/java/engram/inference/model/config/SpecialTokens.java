package engram.inference.model.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// @param ends tokens after which a model has finished
public record SpecialTokens(
    @Nullable Integer begin, List<Integer> ends, @Nullable Integer padding) {
  public SpecialTokens {
    ends = List.copyOf(ends);
  }
}
