package engram.api.console;

import engram.api.error.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The identity provider, as OpenID Connect Core 1.0 describes it: the authorization code flow
/// (section 3.1) with PKCE (RFC 7636). Nothing is asked of it before somebody signs in.
///
/// Threads: any.
@Component
class OidcProvider {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int REPLY_CHARS_MAX = 1 << 20;

  private final OidcSettings settings;
  private final JsonMapper json;
  private volatile @Nullable Endpoints endpoints;

  OidcProvider(OidcSettings settings, JsonMapper json) {
    this.settings = settings;
    this.json = json;
  }

  private record Endpoints(String authorization, String token, NimbusJwtDecoder decoder) {}

  /// Where the browser goes to sign in.
  URI signIn(OidcAttempt attempt, String callback) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", String.valueOf(settings.clientId()));
    query.put("redirect_uri", callback);
    query.put("scope", "openid " + String.join(" ", settings.scopes()));
    query.put("state", attempt.state());
    query.put("nonce", attempt.nonce());
    query.put("code_challenge", attempt.challenge());
    query.put("code_challenge_method", "S256");
    String at = endpoints().authorization();
    return URI.create(at + (at.contains("?") ? "&" : "?") + form(query));
  }

  /// Who signed in, checked: signature, issuer, audience, time and nonce (section 3.1.3.7).
  Jwt person(OidcAttempt attempt, String code, String callback) {
    Map<String, String> body = new LinkedHashMap<>();
    body.put("grant_type", "authorization_code");
    body.put("code", code);
    body.put("redirect_uri", callback);
    body.put("client_id", String.valueOf(settings.clientId()));
    body.put("code_verifier", attempt.verifier());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoints().token()))
            .timeout(PATIENCE)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(form(body)));
    String secret = settings.clientSecret();
    if (secret != null && !secret.isBlank()) {
      request.header("Authorization", basic(String.valueOf(settings.clientId()), secret));
    }
    String token = send(request.build()).path("id_token").asString("");
    try {
      Jwt person = endpoints().decoder().decode(token);
      if (!attempt.nonce().equals(person.getClaimAsString("nonce"))) {
        throw refused("its ID token is not of this sign-in");
      }
      return person;
    } catch (JwtException e) {
      throw refused("its ID token is not valid: " + e.getMessage());
    }
  }

  private Endpoints endpoints() {
    Endpoints known = endpoints;
    if (known == null) {
      known = discover();
      endpoints = known;
    }
    return known;
  }

  private Endpoints discover() {
    String issuer = String.valueOf(settings.issuer());
    String at = issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration";
    JsonNode found = send(HttpRequest.newBuilder(URI.create(at)).timeout(PATIENCE).build());
    if (!found.path("issuer").asString("").equals(issuer)) {
      throw refused("it names itself another issuer");
    }
    NimbusJwtDecoder decoder =
        NimbusJwtDecoder.withJwkSetUri(found.path("jwks_uri").asString(""))
            .jwsAlgorithms(algorithms -> {
              // None that a client secret could sign with.
              for (SignatureAlgorithm algorithm : SignatureAlgorithm.values()) {
                algorithms.add(algorithm);
              }
            })
            .build();
    OAuth2TokenValidator<Jwt> audience =
        token ->
            token.getAudience() != null
                    && token.getAudience().contains(String.valueOf(settings.clientId()))
                ? OAuth2TokenValidatorResult.success()
                : OAuth2TokenValidatorResult.failure(
                    new OAuth2Error("invalid_token", "it is for another client", null));
    decoder.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            JwtValidators.createDefaultWithIssuer(issuer), audience));
    return new Endpoints(
        found.path("authorization_endpoint").asString(""),
        found.path("token_endpoint").asString(""),
        decoder);
  }

  private JsonNode send(HttpRequest request) {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpResponse<String> reply = client.send(request, BodyHandlers.ofString());
      if (reply.statusCode() != 200 || reply.body().length() > REPLY_CHARS_MAX) {
        throw refused("it answered with status " + reply.statusCode());
      }
      return json.readTree(reply.body());
    } catch (IOException | JacksonException e) {
      throw refused("it cannot be reached or understood");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused("the wait for it was interrupted");
    }
  }

  private static RuntimeException refused(String why) {
    return Failure.of(502, "identity_provider_failed", "The identity provider failed: " + why + ".")
        .toException();
  }

  private static String basic(String client, String secret) {
    String both = encoded(client) + ":" + encoded(secret);
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private static String form(Map<String, String> values) {
    return values.entrySet().stream()
        .map(value -> encoded(value.getKey()) + "=" + encoded(value.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
