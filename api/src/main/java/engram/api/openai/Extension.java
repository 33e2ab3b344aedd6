package engram.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import engram.api.memory.TurnMemoryView;
import org.jspecify.annotations.Nullable;

/// The namespaced field `engram` of chat and responses: what an answer stands on, and what was
/// remembered for it.
///
/// @param grounding its fields stand here themselves; null where no document was asked
/// @param memory null where the request names no memory
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Extension(
    @JsonUnwrapped @Nullable Grounding grounding, @Nullable TurnMemoryView memory) {

  /// Null where there is nothing to say.
  public static @Nullable Extension of(
      @Nullable Grounding grounding, @Nullable TurnMemoryView memory) {
    return grounding == null && memory == null ? null : new Extension(grounding, memory);
  }
}
