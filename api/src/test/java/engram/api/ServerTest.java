package engram.api;

import engram.api.security.AnyKey;
import engram.api.security.ApiKey.Budget;
import engram.api.security.Caller;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.RequestContext;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.TenantScope;
import engram.db.TestDatabase;
import engram.retrieval.Access;
import engram.retrieval.ModelException;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.RefusedException;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server with a database of its own, over HTTP, with a few endpoints that only try things.
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "engram.api.json-bytes-max=64KB",
      "engram.api.upload-bytes-max=2MB",
      "engram.memory.levels.quiet=0s",
      "engram.workers.ingest=0",
      // Or each of the servers waits at the end for the streams that tests leave open.
      "server.shutdown=immediate"
    })
@Import(ServerTest.Trial.class)
public abstract class ServerTest {
  protected static final JsonMapper JSON = JsonMapper.shared();
  protected static final Path DATA_FOLDER = temporaryFolder();
  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @LocalServerPort protected int port;
  @Autowired protected KeyStore keys;
  @Autowired protected TrialClock clock;
  @Autowired protected TrialController trial;

  protected final HttpClient http = HttpClient.newHttpClient();
  protected UUID tenant;

  @DynamicPropertySource
  static void database(DynamicPropertyRegistry registry) {
    // A test whose server differs needs a folder of its own: only one server uses one at a time.
    registry.add("engram.data-folder", () -> "${engram.trial-folder:" + DATA_FOLDER + "}");
    registry.add("engram.database.url", DATABASE::url);
    registry.add("engram.database.username", DATABASE::username);
    registry.add("engram.database.password", DATABASE::password);
  }

  @BeforeEach
  void newTenant() {
    clock.offset = Duration.ZERO;
    tenant = DATABASE.tenant("tenant " + UUID.randomUUID());
  }

  protected static TestDatabase database() {
    return DATABASE;
  }

  protected KeyStore.Created key(Verb... verbs) {
    return key(Budget.UNLIMITED, null, verbs);
  }

  protected KeyStore.Created key(Budget budget, Instant expiresAt, Verb... verbs) {
    return keys.create(
        tenant,
        new KeyDraft("test", Set.of(verbs), null, null, Set.of(), true, budget, expiresAt),
        "test");
  }

  protected HttpResponse<String> get(String path, String secret, String... headers) {
    return send("GET", path, null, secret, headers);
  }

  protected HttpResponse<String> post(String path, String body, String secret, String... headers) {
    return send("POST", path, body, secret, headers);
  }

  protected HttpResponse<String> send(
      String method, String path, String body, String secret, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null && !List.of(headers).contains("Content-Type")) {
      request.header("Content-Type", "application/json");
    }
    if (secret != null) {
      request.header("Authorization", "Bearer " + secret);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  protected static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("engram-api-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Real time, moved forward by the test.
  public static final class TrialClock extends Clock {
    public volatile Duration offset = Duration.ZERO;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(offset);
    }
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class Trial {
    @Bean
    @Primary
    TrialClock trialClock() {
      return new TrialClock();
    }

    @Bean
    TrialController trialController() {
      return new TrialController();
    }
  }

  /// Endpoints under both surfaces.
  @Hidden
  @TestComponent // not for other tests of this module
  @RestController
  @Requires(Verb.READ)
  public static class TrialController {
    public final AtomicInteger created = new AtomicInteger();
    public volatile CountDownLatch gate = new CountDownLatch(0);

    public record Thing(String name, int count, List<Double> sizes, Kind kind) {
      public enum Kind {
        SMALL,
        LARGE
      }

      public Thing {
        if (count < 0) {
          throw new IllegalArgumentException("count " + count + " < 0");
        }
      }
    }

    @GetMapping({"/v1/trial/access", "/api/trial/access"})
    Map<String, Object> access(Access access, Caller caller) {
      return Map.of(
          "tenant", TenantScope.tenant().toString(),
          "actor", access.actor(),
          "reads_all", access.readsAll(),
          "principals", access.principals(),
          "request", caller.requestId());
    }

    @GetMapping("/api/trial/async")
    Callable<String> async() {
      return () -> TenantScope.tenant().toString();
    }

    @GetMapping("/api/trial/fail")
    String fail(@RequestParam String how) {
      throw switch (how) {
        case "not_found" -> new NotFoundException("thing", "t1");
        case "conflict" -> refused(RefusedException.Reason.CONFLICT);
        case "forbidden" -> refused(RefusedException.Reason.FORBIDDEN);
        case "too_large" -> refused(RefusedException.Reason.TOO_LARGE);
        case "invalid" -> refused(RefusedException.Reason.INVALID);
        case "no_space" -> refused(RefusedException.Reason.NO_SPACE);
        case "unreachable" -> new ModelException("model_unreachable", "Cannot be reached.");
        case "timeout" -> new ModelException("model_timeout", "Took too long.");
        case "refused" -> new ModelException("model_refused_request", "Too long.");
        case "limited" -> new ModelException("model_rate_limited", "Too many.");
        case "empty" -> new ModelException("model_empty_answer", "Said nothing.");
        case "door" -> {
          Page.Cursor.first(0);
          yield new IllegalStateException();
        }
        default -> new IllegalStateException("secret detail of engram.api.Something");
      };
    }

    private static RefusedException refused(RefusedException.Reason reason) {
      return new RefusedException(reason, "some_reason", "Because.");
    }

    @PostMapping({"/v1/trial/things", "/api/trial/things"})
    @Requires(Verb.WRITE)
    Map<String, Object> create(@RequestBody Thing thing) throws InterruptedException {
      int number = created.incrementAndGet();
      gate.await();
      return Map.of("number", number, "name", String.valueOf(thing.name()));
    }

    @PostMapping("/api/trial/upload")
    @Requires(Verb.WRITE)
    Map<String, Object> upload(@RequestParam MultipartFile file) {
      return Map.of("number", created.incrementAndGet(), "bytes", file.getSize());
    }

    @PostMapping("/api/trial/stream")
    @Requires(Verb.CHAT)
    SseEmitter stream() {
      created.incrementAndGet();
      var emitter = new SseEmitter();
      Thread.startVirtualThread(
          RequestContext.carry(() -> {
            try {
              emitter.send(TenantScope.tenant().toString());
              emitter.complete();
            } catch (IOException e) {
              emitter.completeWithError(e);
            }
          }));
      return emitter;
    }

    @DeleteMapping("/api/trial/things")
    @Requires(Verb.DELETE)
    void delete() {}

    @GetMapping("/api/trial/open")
    @AnyKey
    String open() {
      return "ok";
    }
  }
}
