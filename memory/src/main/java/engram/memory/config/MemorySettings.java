package engram.memory.config;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// All settings of the memory room, under `engram.memory`.
///
/// @param keyFolder where the keys of subjects lie; `memory-keys` in the data folder unless it is
///   set. Several servers on one database share it
@ConfigurationProperties("engram.memory")
public record MemorySettings(@Nullable String keyFolder) {
  public MemorySettings {
    if (keyFolder != null && keyFolder.isBlank()) {
      throw new IllegalArgumentException("engram.memory.key-folder is blank");
    }
  }
}
