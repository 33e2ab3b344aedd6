package engram.inference;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Methods chosen by name, as a request over the wire has them. What is null is left as it is.
///
/// @param policy what the cache keeps; its `budget_tokens` are kept of each KV head
/// @param attention what queries see
/// @param cacheType how the cache is stored: `f32`, `f16`, `int8` or `int4`
/// @param processors in their order; added to those that the request has
/// @param draft whether tokens are guessed ahead
public record MethodChoice(
    @Nullable Named policy,
    @Nullable Named attention,
    @Nullable String cacheType,
    List<Named> processors,
    @Nullable Boolean draft) {
  public static final MethodChoice NONE = new MethodChoice(null, null, null, List.of(), null);

  public MethodChoice {
    processors = List.copyOf(processors);
  }

  /// A method and the parameters that differ from its defaults.
  ///
  /// @param parameters numbers and strings, by name
  public record Named(String name, Map<String, Object> parameters) {
    public Named {
      parameters = Map.copyOf(parameters);
    }

    public static Named of(String name) {
      return new Named(name, Map.of());
    }
  }
}
