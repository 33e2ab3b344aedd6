package engram.api.security;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How long somebody stays signed in at the console.
///
/// @param idleMax without a request for so long the session is over
/// @param max after so long it is over in any case
@ConfigurationProperties("engram.session")
public record SessionSettings(
    @DefaultValue("2h") Duration idleMax, @DefaultValue("12h") Duration max) {
  public SessionSettings {
    positive("idle-max", idleMax);
    positive("max", max);
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "engram.session." + name + " " + value + " is not positive");
    }
  }
}
