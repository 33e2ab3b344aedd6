package engram.inference.model.file;

import engram.inference.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A model's tensors by name.
///
/// @param file named in errors
/// @param unreadable why tensors that the file has besides cannot be used: harmless until asked for
public record Tensors(Path file, Map<String, Tensor> byName, Map<String, String> unreadable) {
  public Tensors {
    byName = Collections.unmodifiableMap(new TreeMap<>(byName));
    unreadable = Map.copyOf(unreadable);
  }

  public Set<String> names() {
    return byName.keySet();
  }

  public Collection<Tensor> all() {
    return byName.values();
  }

  public boolean has(String name) {
    return byName.containsKey(name) || unreadable.containsKey(name);
  }

  public @Nullable Tensor find(String name) {
    String problem = unreadable.get(name);
    if (problem != null) {
      throw new ModelFileException(file, "tensor " + name + " " + problem);
    }
    return byName.get(name);
  }

  /// @param shape what the model's settings say it has, outermost first
  /// @throws ModelFileException if there is no such tensor, or it has another shape
  public Tensor require(String name, long... shape) {
    Tensor tensor = find(name);
    if (tensor == null) {
      throw new ModelFileException(file, "has no tensor " + name);
    }
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    if (!tensor.shape().equals(expected)) {
      throw new ModelFileException(
          file,
          "tensor "
              + name
              + " has the shape "
              + tensor.shape()
              + ", but the settings say "
              + expected);
    }
    return tensor;
  }

  /// The same tensors under other names.
  public Tensors renamed(java.util.function.Function<String, @Nullable String> canonical) {
    Map<String, Tensor> renamed = new TreeMap<>();
    for (Tensor tensor : byName.values()) {
      String name = canonical.apply(tensor.name());
      if (name != null && renamed.putIfAbsent(name, tensor) != null) {
        throw new ModelFileException(
            file,
            "tensors " + tensor.name() + " and " + renamed.get(name).name() + " are the same");
      }
    }
    Map<String, String> problems =
        unreadable.entrySet().stream()
            .filter(e -> canonical.apply(e.getKey()) != null)
            .collect(
                Collectors.toMap(
                    e -> canonical.apply(e.getKey()),
                    Map.Entry::getValue,
                    (first, second) -> first));
    return new Tensors(file, renamed, problems);
  }
}
