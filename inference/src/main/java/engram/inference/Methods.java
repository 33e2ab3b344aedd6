package engram.inference;

import java.util.List;
import java.util.ServiceLoader;

/// The methods that a request may choose by name.
///
/// Threads: any.
public interface Methods {
  /// Those of this room.
  static Methods known() {
    return ServiceLoader.load(Methods.class, Methods.class.getClassLoader())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the inference room is incomplete"));
  }

  /// All of them, by kind and name.
  List<Method> all();

  /// The request with what was chosen. Whether the model can serve it, and whether its companions
  /// are there, is told when it is asked.
  ///
  /// @throws IllegalArgumentException for an unknown name or parameter, listing those that are
  ///   known, and for a value out of its bounds
  GenerationRequest choose(GenerationRequest request, MethodChoice choice);

  enum Kind {
    /// What the cache keeps: [KvPolicy].
    POLICY,
    /// What queries see: [AttentionPattern].
    ATTENTION,
    /// How the cache is stored: [KvCodec].
    CACHE_TYPE,
    /// Arithmetic on scores: [LogitsProcessor].
    PROCESSOR
  }

  /// @param parameters in the order in which they are told
  record Method(Kind kind, String name, List<Parameter> parameters) {
    public Method {
      parameters = List.copyOf(parameters);
    }
  }

  /// @param preset what it is where a request does not name it; empty where a request must
  record Parameter(String name, Type type, String preset) {
    public enum Type {
      WHOLE,
      NUMBER,
      TEXT
    }
  }
}
