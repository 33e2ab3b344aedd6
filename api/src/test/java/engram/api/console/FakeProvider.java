package engram.api.console;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/// An identity provider that holds its clients to OpenID Connect and RFC 7636: a code is given for
/// one redirect address and one challenge, and is taken once, by who shows the verifier and the
/// client's secret. Its tokens can be spoiled.
final class FakeProvider {
  static final String CLIENT = "engram-console";
  static final String SECRET = "s3cret:with/signs";

  private final HttpServer server;
  private final RSAKey key;
  private final RSAKey otherKey;
  private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();

  volatile Map<String, Object> person = Map.of();
  volatile UnaryOperator<JWTClaimsSet.Builder> spoil = claims -> claims;
  volatile boolean signsWithOtherKey;

  FakeProvider() {
    try {
      key = new RSAKeyGenerator(2048).keyID("one").generate();
      otherKey = new RSAKeyGenerator(2048).keyID("one").generate();
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    server.createContext("/.well-known/openid-configuration", this::configuration);
    server.createContext(
        "/keys", exchange -> reply(exchange, 200, new JWKSet(key.toPublicJWK()).toString()));
    server.createContext("/authorize", this::authorize);
    server.createContext("/token", this::token);
    server.start();
  }

  String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void configuration(HttpExchange exchange) throws IOException {
    reply(
        exchange,
        200,
        JsonMapper.shared()
            .writeValueAsString(
                Map.of(
                    "issuer", issuer(),
                    "authorization_endpoint", issuer() + "/authorize",
                    "token_endpoint", issuer() + "/token",
                    "jwks_uri", issuer() + "/keys")));
  }

  /// Signs whoever `person` is in at once.
  private void authorize(HttpExchange exchange) throws IOException {
    Map<String, String> query = form(exchange.getRequestURI().getRawQuery());
    boolean wellFormed =
        "code".equals(query.get("response_type"))
            && CLIENT.equals(query.get("client_id"))
            && "S256".equals(query.get("code_challenge_method"))
            && query.getOrDefault("scope", "").contains("openid")
            && query.getOrDefault("code_challenge", "").length() == 43
            && query.getOrDefault("state", "").length() >= 32
            && query.getOrDefault("nonce", "").length() >= 32;
    if (!wellFormed) {
      reply(exchange, 400, "{}");
      return;
    }
    String code = UUID.randomUUID().toString();
    codes.put(code, query);
    exchange
        .getResponseHeaders()
        .add(
            "Location",
            query.get("redirect_uri") + "?code=" + code + "&state=" + query.get("state"));
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> body =
        form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Map<String, String> asked = codes.remove(body.getOrDefault("code", ""));
    String basic =
        Base64.getEncoder()
            .encodeToString(
                (CLIENT + ":" + java.net.URLEncoder.encode(SECRET, StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8));
    boolean right =
        asked != null
            && ("Basic " + basic).equals(exchange.getRequestHeaders().getFirst("Authorization"))
            && "authorization_code".equals(body.get("grant_type"))
            && asked.get("redirect_uri").equals(body.get("redirect_uri"))
            && asked
                .get("code_challenge")
                .equals(challenge(body.getOrDefault("code_verifier", "")));
    reply(
        exchange,
        right ? 200 : 400,
        right
            ? JsonMapper.shared()
                .writeValueAsString(
                    Map.of("token_type", "Bearer", "id_token", idToken(asked.get("nonce"))))
            : "{\"error\":\"invalid_grant\"}");
  }

  private String idToken(String nonce) {
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer())
            .audience(List.of(CLIENT))
            .subject("subject-1")
            .issueTime(new Date())
            .expirationTime(Date.from(Instant.now().plusSeconds(300)))
            .claim("nonce", nonce);
    person.forEach(claims::claim);
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
              spoil.apply(claims).build());
      token.sign(new RSASSASigner(signsWithOtherKey ? otherKey : key));
      return token.serialize();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String challenge(String verifier) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<String, String> form(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String part : text == null ? new String[0] : text.split("&")) {
      String[] both = part.split("=", 2);
      values.put(
          both[0], URLDecoder.decode(both.length > 1 ? both[1] : "", StandardCharsets.UTF_8));
    }
    return values;
  }

  static Map<String, String> query(String address) {
    return form(URI.create(address).getRawQuery());
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
