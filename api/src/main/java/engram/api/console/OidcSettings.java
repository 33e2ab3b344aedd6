package engram.api.console;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Signing in to the console by OpenID Connect; off unless `issuer` and `client-id` are set.
///
/// @param issuer as the provider names itself; its configuration is read from below it
/// @param clientSecret best given as the environment variable `ENGRAM_OIDC_CLIENT_SECRET`; none for
///   a public client, which PKCE protects
/// @param name what the button says
/// @param scopes asked for besides `openid`
/// @param rolesClaim claim of the ID token that holds a person's groups
/// @param admins values of that claim that make an admin
/// @param editors values that make an editor
/// @param viewers values that make a viewer; whoever has none of all may not sign in
/// @param tenant whose documents and keys they see
@ConfigurationProperties("engram.oidc")
public record OidcSettings(
    @Nullable String issuer,
    @Nullable String clientId,
    @Nullable String clientSecret,
    @DefaultValue("single sign-on") String name,
    @DefaultValue({"profile", "email"}) List<String> scopes,
    @DefaultValue("groups") String rolesClaim,
    @DefaultValue List<String> admins,
    @DefaultValue List<String> editors,
    @DefaultValue List<String> viewers,
    @DefaultValue("default") String tenant) {
  public OidcSettings {
    scopes = List.copyOf(scopes);
    admins = List.copyOf(admins);
    editors = List.copyOf(editors);
    viewers = List.copyOf(viewers);
    if (isBlank(issuer) != isBlank(clientId)) {
      throw new IllegalArgumentException(
          "engram.oidc.issuer and engram.oidc.client-id are both needed, or neither");
    }
    if (!isBlank(issuer)) {
      checkIssuer(String.valueOf(issuer));
    }
  }

  boolean on() {
    return !isBlank(issuer);
  }

  @Override
  public String toString() {
    return "OidcSettings[issuer=" + issuer + ", clientId=" + clientId + "]";
  }

  /// Whoever can change what comes from the provider signs in as anybody.
  private static void checkIssuer(String issuer) {
    URI address = URI.create(issuer);
    String host = String.valueOf(address.getHost());
    boolean local = host.equals("127.0.0.1") || host.equals("localhost") || host.equals("[::1]");
    boolean safe = "https".equals(address.getScheme());
    if (!safe && !(local && "http".equals(address.getScheme()))) {
      throw new IllegalArgumentException(
          "engram.oidc.issuer "
              + issuer
              + " must begin with https:// unless it is on this machine");
    }
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }
}
