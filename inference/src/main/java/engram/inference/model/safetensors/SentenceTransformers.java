package engram.inference.model.safetensors;

import engram.inference.model.config.Pooling;
import engram.inference.model.file.ModelFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What `modules.json` and the pooling module's `config.json` say of making a text's vector.
///
/// @param pooling null if there are no such files
record SentenceTransformers(@Nullable Pooling pooling, @Nullable Boolean normalize) {
  private static final int MODULES_MAX = 16;

  static SentenceTransformers read(Path folder) {
    Path file = folder.resolve("modules.json");
    if (!Files.exists(file)) {
      return new SentenceTransformers(null, null);
    }
    JsonNode modules = Json.tree(file);
    if (!modules.isArray() || modules.size() > MODULES_MAX) {
      throw new ModelFileException(file, "is no list of up to " + MODULES_MAX + " modules");
    }
    Pooling pooling = null;
    boolean normalize = false;
    for (JsonNode node : modules) {
      Json module = Json.object(file, "a module", node);
      String type = module.string("type", "");
      // The class's path moved between releases; its last part did not.
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> {}
        case "Pooling" -> pooling = pooling(folder, file, module.string("path", ""));
        case "Normalize" -> normalize = true;
        default ->
            throw new ModelFileException(
                file, "has the module " + type + ", which is not supported");
      }
    }
    return new SentenceTransformers(pooling, normalize);
  }

  private static Pooling pooling(Path folder, Path modules, String path) {
    if (!path.matches("[A-Za-z0-9][A-Za-z0-9._-]*/?")) {
      throw new ModelFileException(modules, "names the folder " + path + ", no plain name");
    }
    Json json = Json.read(folder.resolve(path).resolve("config.json"));
    Pooling found = null;
    for (Mode mode : MODES) {
      if (json.bool(mode.key, false)) {
        if (found != null) {
          throw json.wrong("asks for two poolings at once, which is not supported");
        }
        found = mode.pooling;
      }
    }
    String mode = json.string("pooling_mode");
    if (found == null && mode != null) {
      found =
          switch (mode) {
            case "mean" -> Pooling.MEAN;
            case "cls" -> Pooling.FIRST;
            case "lasttoken" -> Pooling.LAST;
            case "max" -> Pooling.MAX;
            default -> throw json.wrong("has the pooling " + mode + ", which is not supported");
          };
    }
    if (found == null) {
      throw json.wrong("names no pooling that is supported");
    }
    return found;
  }

  private record Mode(String key, Pooling pooling) {}

  private static final Mode[] MODES = {
    new Mode("pooling_mode_cls_token", Pooling.FIRST),
    new Mode("pooling_mode_mean_tokens", Pooling.MEAN),
    new Mode("pooling_mode_max_tokens", Pooling.MAX),
    new Mode("pooling_mode_lasttoken", Pooling.LAST)
  };
}
