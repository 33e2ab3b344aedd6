package engram.api.console;

import static org.springframework.security.config.Customizer.withDefaults;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configuration.OAuth2AuthorizationServerConfiguration;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtEncoder;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;

/// Spring's authorization server on a port of its own, with a form to sign in at. It holds its
/// clients to OpenID Connect and to PKCE; everybody's password is the same, and what its tokens say
/// of a person, and with which key they are signed, is set by the test.
final class AuthorizationServer {
  static final String CLIENT = "engram-console";
  static final String SECRET = "s3cret:with/signs";
  private static final String PASSWORD = "correct horse";

  /// What tokens say beside the subject, which is the name that was signed in with.
  volatile Map<String, Object> person = Map.of();

  /// Makes of the claims of an ID token others.
  volatile Consumer<JwtClaimsSet.Builder> spoil = claims -> {};

  volatile boolean signsWithOtherKey;

  private final ConfigurableApplicationContext context;

  AuthorizationServer() {
    context =
        new SpringApplicationBuilder(Beans.class)
            .web(WebApplicationType.SERVLET)
            .initializers(
                beans -> beans.getBeanFactory().registerSingleton("authorizationServer", this))
            // None of the files that set the server up which is tested.
            .run(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.config.location=optional:classpath:/no-such-folder/",
                "--spring.main.banner-mode=off");
  }

  String issuer() {
    return "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
  }

  /// Signs in at the form that an address leads to.
  ///
  /// @return where the browser is sent then
  String signIn(String address, String subject) {
    HttpClient browser = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    try {
      HttpResponse<String> form = send(browser, HttpRequest.newBuilder(URI.create(address)));
      if (!location(form).endsWith("/login")) {
        throw new IllegalStateException("no form: " + form.statusCode() + " " + location(form));
      }
      String fields = "username=" + encoded(subject) + "&password=" + encoded(PASSWORD);
      HttpResponse<String> signedIn =
          send(
              browser,
              HttpRequest.newBuilder(URI.create(issuer() + "/login"))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(BodyPublishers.ofString(fields)));
      return location(send(browser, HttpRequest.newBuilder(URI.create(location(signedIn)))));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<String> send(HttpClient browser, HttpRequest.Builder request)
      throws Exception {
    return browser.send(request.header("Accept", "text/html").build(), BodyHandlers.ofString());
  }

  private static String location(HttpResponse<String> response) {
    return response
        .headers()
        .firstValue("Location")
        .orElseThrow(() ->
            new IllegalStateException(
                "not sent on: " + response.statusCode() + " " + response.body()));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  // No configuration by annotation: the scan of the whole product would find it.
  @EnableWebSecurity
  @ImportAutoConfiguration({
    PropertyPlaceholderAutoConfiguration.class,
    TomcatServletWebServerAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebMvcAutoConfiguration.class
  })
  static class Beans {
    private final RSAKey key = key();
    private final RSAKey otherKey = key();

    /// Both have the same name.
    private static RSAKey key() {
      try {
        return new RSAKeyGenerator(2048).keyID("one").generate();
      } catch (com.nimbusds.jose.JOSEException e) {
        throw new IllegalStateException(e);
      }
    }

    @Bean
    @Order(1)
    SecurityFilterChain protocol(HttpSecurity http) throws Exception {
      return http.oauth2AuthorizationServer(
              server -> {
                http.securityMatcher(server.getEndpointsMatcher());
                server.oidc(withDefaults());
              })
          .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
          .exceptionHandling(failures ->
              failures.authenticationEntryPoint(new LoginUrlAuthenticationEntryPoint("/login")))
          .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain people(HttpSecurity http) throws Exception {
      return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
          .formLogin(withDefaults())
          .csrf(csrf -> csrf.disable())
          .build();
    }

    @Bean
    UserDetailsService everybody() {
      return name -> User.withUsername(name).password("{noop}" + PASSWORD).roles("PERSON").build();
    }

    @Bean
    RegisteredClientRepository clients() {
      return new InMemoryRegisteredClientRepository(
          RegisteredClient.withId("1")
              .clientId(CLIENT)
              .clientSecret("{noop}" + SECRET)
              .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
              .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
              // Of a loopback address any port is taken (RFC 8252, section 7.3).
              .redirectUri("http://127.0.0.1/api/session/oidc/callback")
              .scope("openid")
              .scope("profile")
              .scope("email")
              .clientSettings(ClientSettings.builder().requireProofKey(true).build())
              .build());
    }

    @Bean
    AuthorizationServerSettings settings() {
      return AuthorizationServerSettings.builder().build();
    }

    @Bean
    JWKSource<SecurityContext> published() {
      return new ImmutableJWKSet<>(new JWKSet(key));
    }

    @Bean
    JwtDecoder reader(JWKSource<SecurityContext> published) {
      return OAuth2AuthorizationServerConfiguration.jwtDecoder(published);
    }

    @Bean
    JwtEncoder signer(AuthorizationServer server) {
      JwtEncoder right = new NimbusJwtEncoder(new ImmutableJWKSet<>(new JWKSet(key)));
      JwtEncoder wrong = new NimbusJwtEncoder(new ImmutableJWKSet<>(new JWKSet(otherKey)));
      return parameters -> (server.signsWithOtherKey ? wrong : right).encode(parameters);
    }

    @Bean
    OAuth2TokenCustomizer<JwtEncodingContext> claims(AuthorizationServer server) {
      return context -> {
        if (OidcParameterNames.ID_TOKEN.equals(context.getTokenType().getValue())) {
          context.getClaims().claims(claims -> claims.putAll(server.person));
          server.spoil.accept(context.getClaims());
        }
      };
    }
  }
}
