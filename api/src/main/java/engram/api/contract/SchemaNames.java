package engram.api.contract;

import com.fasterxml.jackson.databind.JavaType;
import io.swagger.v3.core.jackson.TypeNameResolver;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A schema's name: that of its record, after that of the class around it. Many controllers have a
/// record `Body`; under one name the last of them would describe them all.
final class SchemaNames extends TypeNameResolver {
  private final Map<String, String> typesByName = new ConcurrentHashMap<>();

  @Override
  public String nameForType(JavaType type, Set<Options> options) {
    String name = super.nameForType(type, options);
    String full = type.toCanonical();
    if (!full.startsWith("engram.")) {
      return name;
    }
    String first = typesByName.putIfAbsent(name, full);
    // swagger swallows exceptions here; that no name is so long is tested.
    return first == null || first.equals(full) ? name : full.replaceAll("[^A-Za-z0-9.]", "_");
  }

  @Override
  protected String getNameOfClass(Class<?> type) {
    Class<?> around = type.getEnclosingClass();
    if (around == null) {
      return type.getSimpleName();
    }
    String outer = getNameOfClass(around).replaceFirst("(.)(Controller|Views?)$", "$1");
    return type.getSimpleName().startsWith(outer)
        ? type.getSimpleName()
        : outer + type.getSimpleName();
  }
}
