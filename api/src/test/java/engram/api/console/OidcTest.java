package engram.api.console;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

class OidcTest extends ServerTest {
  private static final AuthorizationServer PROVIDER = new AuthorizationServer();

  private String subject;

  @DynamicPropertySource
  static void ownFolderAndOidc(DynamicPropertyRegistry registry) {
    // Another server than that of the other tests, in the same process.
    registry.add("engram.trial-folder", OidcTest::folder);
    registry.add("engram.oidc.issuer", PROVIDER::issuer);
    registry.add("engram.oidc.client-id", () -> AuthorizationServer.CLIENT);
    registry.add("engram.oidc.client-secret", () -> AuthorizationServer.SECRET);
    registry.add("engram.oidc.admins", () -> "it-admins");
    registry.add("engram.oidc.editors", () -> "writers,authors");
    registry.add("engram.oidc.viewers", () -> "staff");
  }

  private static String folder() {
    try {
      return java.nio.file.Files.createTempDirectory("engram-oidc-test").toString();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @BeforeEach
  void somebody() {
    subject = "s-" + UUID.randomUUID();
    PROVIDER.person =
        Map.of(
            "email",
            "ann@example.org",
            "email_verified",
            true,
            "groups",
            List.of("staff", "authors"));
    PROVIDER.spoil = claims -> {};
    PROVIDER.signsWithOtherKey = false;
  }

  @Test
  void aPersonSignsInWithTheRoleOfTheirGroups() {
    HttpResponse<String> back = signIn();
    assertThat(location(back)).isEqualTo("/");
    String cookie = sessionOf(back);
    var user = json(get("/api/session", null, "Cookie", cookie)).path("user");
    assertThat(user.path("name").asString()).isEqualTo("ann@example.org");
    assertThat(user.path("role").asString()).isEqualTo("editor");
    assertThat(user.path("unrestricted").asBoolean()).isFalse();
    var me = json(get("/api/me", null, "Cookie", cookie));
    assertThat(me.path("principals").toString())
        .contains("user:ann@example.org", "group:staff", "group:authors");
  }

  @Test
  void anotherSignInIsTheSameKeyWithTheRightsOfNow() {
    String first = me(sessionOf(signIn())).path("key_id").asString();
    PROVIDER.person = with(PROVIDER.person, "groups", List.of("it-admins"));
    var again = me(sessionOf(signIn()));
    assertThat(again.path("key_id").asString()).isEqualTo(first);
    assertThat(again.path("verbs").toString()).contains("admin");
    assertThat(again.path("reads_all").asBoolean()).isTrue();
  }

  @Test
  void anAddressThatIsNotVerifiedReadsAsNobody() {
    PROVIDER.person = with(PROVIDER.person, "email_verified", false);
    assertThat(me(sessionOf(signIn())).path("principals").toString()).doesNotContain("user:");
  }

  @Test
  void aRevokedPersonStaysOut() {
    var me = me(sessionOf(signIn()));
    ApiKey key =
        keys.revoke(UUID.fromString(me.path("tenant_id").asString()), me.path("key_id").asString());
    assertThat(key.revokedAt()).isNotNull();
    assertThat(location(signIn())).isEqualTo("/?sign-in=failed");
  }

  @Test
  void whoeverHasNoRoleIsRefused() {
    PROVIDER.person = with(PROVIDER.person, "groups", List.of("strangers"));
    assertRefused(signIn());
    PROVIDER.person = with(PROVIDER.person, "groups", "staffx");
    assertRefused(signIn());
  }

  @ParameterizedTest
  @MethodSource("spoilt")
  void aTokenThatIsNotForThisSignInIsRefused(Spoilt spoilt) {
    PROVIDER.spoil = spoilt.how();
    assertRefused(signIn());
  }

  record Spoilt(String what, Consumer<JwtClaimsSet.Builder> how) {
    @Override
    public String toString() {
      return what;
    }
  }

  static List<Spoilt> spoilt() {
    return List.of(
        new Spoilt("nonce of another", claims -> claims.claim("nonce", "x".repeat(43))),
        new Spoilt("no nonce", claims -> claims.claims(all -> all.remove("nonce"))),
        new Spoilt("for another client", claims -> claims.audience(List.of("another"))),
        new Spoilt("of another issuer", claims -> claims.issuer("http://127.0.0.1:1")),
        new Spoilt(
            "expired",
            claims ->
                claims
                    .issuedAt(Instant.now().minusSeconds(900))
                    .expiresAt(Instant.now().minusSeconds(600))));
  }

  @Test
  void aTokenThatAnotherKeySignedIsRefused() {
    PROVIDER.signsWithOtherKey = true;
    assertRefused(signIn());
  }

  @Test
  void theWayBackBelongsToTheBrowserThatWentThere() {
    HttpResponse<String> begun = get("/api/session/oidc", null);
    String path = pathOf(PROVIDER.signIn(location(begun), subject));
    assertRefused(get(path, null));
    String other = attemptOf(get("/api/session/oidc", null));
    assertRefused(get(path, null, "Cookie", other));
    assertRefused(get(path.replaceFirst("state=.", "state=_"), null, "Cookie", attemptOf(begun)));
    assertRefused(
        get("/api/session/oidc/callback?error=access_denied", null, "Cookie", attemptOf(begun)));
  }

  @Test
  void aCodeIsTakenOnceAndOnlyByWhoHasItsVerifier() {
    HttpResponse<String> begun = get("/api/session/oidc", null);
    String path = pathOf(PROVIDER.signIn(location(begun), subject));
    HttpResponse<String> other = get("/api/session/oidc", null);
    String state = location(other).replaceFirst(".*[?&]state=([^&]*).*", "$1");
    // The state of one browser with the code of another: the provider finds another challenge.
    assertRefused(
        get(path.replaceFirst("state=[^&]*", "state=" + state), null, "Cookie", attemptOf(other)));
    HttpResponse<String> again = get("/api/session/oidc", null);
    String own = pathOf(PROVIDER.signIn(location(again), subject));
    assertThat(location(get(own, null, "Cookie", attemptOf(again)))).isEqualTo("/");
    assertRefused(get(own, null, "Cookie", attemptOf(again)));
  }

  @Test
  void theAttemptIsInNoReachOfScriptsAndOnlyOnItsWay() {
    String cookie = get("/api/session/oidc", null).headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly", "SameSite=Lax", "Path=/api/session/oidc");
  }

  private HttpResponse<String> signIn() {
    HttpResponse<String> begun = get("/api/session/oidc", null);
    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(302);
    String back = PROVIDER.signIn(location(begun), subject);
    assertThat(back).as("what the provider thinks of us").contains("code=");
    return get(pathOf(back), null, "Cookie", attemptOf(begun));
  }

  private static void assertRefused(HttpResponse<String> back) {
    assertThat(location(back)).isEqualTo("/?sign-in=failed");
    assertThat(back.headers().allValues("Set-Cookie"))
        .noneMatch(cookie -> cookie.startsWith("engram_session="));
  }

  private tools.jackson.databind.JsonNode me(String cookie) {
    return json(get("/api/me", null, "Cookie", cookie));
  }

  private static String location(HttpResponse<String> response) {
    return response.headers().firstValue("Location").orElse("");
  }

  private static String pathOf(String address) {
    URI uri = URI.create(address);
    return uri.getRawPath() + "?" + uri.getRawQuery();
  }

  private static String attemptOf(HttpResponse<String> response) {
    return response.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
  }

  private static String sessionOf(HttpResponse<String> response) {
    return response.headers().allValues("Set-Cookie").stream()
        .filter(cookie -> cookie.startsWith("engram_session="))
        .findFirst()
        .orElseThrow(() -> new AssertionError("not signed in: " + location(response)))
        .split(";", 2)[0];
  }

  private static Map<String, Object> with(Map<String, Object> person, String claim, Object value) {
    var changed = new java.util.HashMap<>(person);
    changed.put(claim, value);
    return Map.copyOf(changed);
  }
}
