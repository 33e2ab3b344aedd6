package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which files of a repository are the model: the weights in one form, and the small files that say
/// how they are meant.
final class Selection {
  private static final Set<String> SMALL = Set.of(".json", ".txt", ".model", ".jinja", ".tiktoken");
  private static final Pattern PART = Pattern.compile("-\\d{5}-of-\\d{5}(?=\\.gguf$)");
  private static final int MAX_SHOWN = 12;

  private Selection() {}

  /// @throws HubException if there is no model, or more than one and none is named
  static List<ModelManifest.File> of(ModelName name, List<ModelManifest.File> files) {
    List<ModelManifest.File> gguf = ending(files, ".gguf");
    if (!name.variant().isEmpty()) {
      String variant = name.variant().toLowerCase(Locale.ROOT);
      List<ModelManifest.File> wanted =
          gguf.stream()
              .filter(file -> file.path().toLowerCase(Locale.ROOT).contains(variant))
              .toList();
      if (wanted.isEmpty()) {
        throw none(
            "no file of '" + name.repository() + "' has '" + name.variant() + "' in its name");
      }
      return oneOf(name, wanted);
    }
    List<ModelManifest.File> tensors = ending(files, ".safetensors");
    if (!tensors.isEmpty()) {
      // Whole weights beside consolidated copies of themselves: the former have the index.
      return files.stream()
          .filter(file -> !file.path().startsWith("consolidated"))
          .filter(file -> file.path().endsWith(".safetensors") || isSmall(file))
          .toList();
    }
    if (!gguf.isEmpty()) {
      return oneOf(name, gguf);
    }
    throw none("'" + name + "' has neither safetensors nor GGUF files");
  }

  /// All parts of the one model that these files are.
  private static List<ModelManifest.File> oneOf(ModelName name, List<ModelManifest.File> files) {
    Set<String> models =
        files.stream()
            .map(file -> PART.matcher(file.path()).replaceFirst(""))
            .collect(Collectors.toCollection(TreeSet::new));
    if (models.size() > 1) {
      throw none(
          "'"
              + name
              + "' has "
              + models.size()
              + " models; name one as "
              + name.repository()
              + ":variant, of "
              + models.stream().limit(MAX_SHOWN).collect(Collectors.joining(", ")));
    }
    return files;
  }

  private static boolean isSmall(ModelManifest.File file) {
    return SMALL.stream().anyMatch(file.path()::endsWith);
  }

  private static List<ModelManifest.File> ending(List<ModelManifest.File> files, String suffix) {
    return files.stream().filter(file -> file.path().endsWith(suffix)).toList();
  }

  private static HubException none(String message) {
    return new HubException(Reason.NOT_FOUND, message);
  }
}
