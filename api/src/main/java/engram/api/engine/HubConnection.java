package engram.api.engine;

import engram.inference.hub.HubSettings;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Where models are fetched from, by commands and at the console.
///
/// @param url of a mirror; null for what the environment says under other programs' names, or the
///   public hub
/// @param token best given as the environment variable `ENGRAM_HUB_TOKEN`
@ConfigurationProperties("engram.hub")
public record HubConnection(@Nullable String url, @Nullable String token) {
  public HubConnection {
    if (url != null && !url.isBlank()) {
      HubSettings.fromEnvironment(Map.of("ENGRAM_HUB_URL", url));
    }
  }

  public HubSettings settings() {
    Map<String, String> said = new HashMap<>(System.getenv());
    if (url != null) {
      said.put("ENGRAM_HUB_URL", url);
    }
    if (token != null) {
      said.put("ENGRAM_HUB_TOKEN", token);
    }
    return HubSettings.fromEnvironment(said);
  }

  @Override
  public String toString() {
    return "HubConnection[url=" + url + ", token=" + (token == null ? "none" : "***") + "]";
  }
}
