package engram.api.error;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.web.multipart.MultipartException;

class FailuresTest extends ServerTest {
  private static final long SEED = Long.getLong("seed", 42);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/{}/nothing||404|not_found|",
        "GET|/{}/trial/things||405|method_not_allowed|",
        "POST|/{}/trial/things||400|invalid_request|",
        "POST|/{}/trial/things|{\"name\":|400|invalid_request|",
        "POST|/{}/trial/things|[]|400|invalid_request|",
        "POST|/{}/trial/things|{\"count\":\"x\"}|400|invalid_request|count",
        "POST|/{}/trial/things|{\"count\":99999999999}|400|invalid_request|count",
        "POST|/{}/trial/things|{\"count\":1,\"sizes\":[1,{}]}|400|invalid_request|sizes[1]",
        "POST|/{}/trial/things|{\"count\":1,\"sizes\":7}|400|invalid_request|sizes",
        "POST|/{}/trial/things|{\"count\":1,\"kind\":\"HUGE\"}|400|invalid_request|kind",
        "POST|/{}/trial/things|{\"count\":-1}|400|invalid_request|count"
      })
  void badRequestsAreNamedInTheShapeOfTheirSurface(
      String method, String path, String body, int status, String code, String param) {
    String secret = key(Verb.READ, Verb.WRITE).secret();
    String content = method.equals("POST") ? (body == null ? "" : body) : null;

    var problem = send(method, path.replace("{}", "api"), content, secret);
    assertThat(problem.statusCode()).as(problem.body()).isEqualTo(status);
    assertThat(problem.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
    assertThat(json(problem).path("code").asString()).isEqualTo(code);
    assertThat(json(problem).path("type").asString())
        .isEqualTo("/problems/" + code.replace('_', '-'));
    assertThat(json(problem).path("status").asInt()).isEqualTo(status);
    assertThat(json(problem).path("requestId").asString())
        .isEqualTo(problem.headers().firstValue("x-request-id").orElseThrow());
    if (param != null) {
      assertThat(json(problem).path("errors").path(0).path("field").asString()).isEqualTo(param);
    }

    var error = json(send(method, path.replace("{}", "v1"), content, secret)).path("error");
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.path("code").asString()).isEqualTo(code);
    assertThat(error.path("message").asString()).isNotBlank().doesNotContain("engram.", "java.");
    assertThat(error.path("param").asString("none")).isEqualTo(param == null ? "none" : param);
  }

  @ParameterizedTest
  @CsvSource({
    "not_found, 404, not_found",
    "conflict, 409, some_reason",
    "forbidden, 403, some_reason",
    "too_large, 413, some_reason",
    "invalid, 400, some_reason",
    "no_space, 507, some_reason",
    "unreachable, 503, model_unreachable",
    "timeout, 504, model_timeout",
    "empty, 502, model_empty_answer",
    "refused, 400, model_refused_request",
    "limited, 429, model_rate_limited",
    "door, 400, invalid_request",
    "other, 500, internal_error"
  })
  void exceptionsHaveOneMeaning(String how, int status, String code) {
    var response = get("/api/trial/fail?how=" + how, key(Verb.READ).secret());
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(json(response).path("code").asString()).isEqualTo(code);
    assertThat(response.body()).doesNotContain("secret detail", "Exception", "engram.api");
  }

  @Test
  void aMissingParameterAndAWrongTypeAreNamed() {
    String secret = key(Verb.READ, Verb.ADMIN).secret();
    assertThat(json(get("/api/trial/fail", secret)).path("errors").path(0).path("field").asString())
        .isEqualTo("how");
    assertThat(
            json(get("/api/keys?limit=x", secret)).path("errors").path(0).path("field").asString())
        .isEqualTo("limit");
    assertThat(
            json(get("/api/keys?limit=0", secret)).path("errors").path(0).path("field").asString())
        .isEqualTo("limit");
  }

  @Test
  void otherTypesAndTooLargeBodiesAreRefused() {
    String secret = key(Verb.WRITE).secret();
    var media = post("/v1/trial/things", "a=b", secret, "Content-Type", "text/css");
    assertThat(media.statusCode()).isEqualTo(415);
    var large = post("/v1/trial/things", " ".repeat(70_000) + "{}", secret);
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(json(large).path("error").path("code").asString()).isEqualTo("too_large");
  }

  @Test
  void malformedPathsAreRefusedInTheShapeOfTheirSurface() {
    String secret = key(Verb.READ).secret();
    for (String path : List.of("/api//x", "/api/%2e%2e/x", "/api/x;y=1", "/api/a%2fb%00")) {
      var response = get(path, secret);
      assertThat(response.statusCode()).as(path).isEqualTo(400);
      assertThat(json(response).path("status").asInt()).isEqualTo(400);
    }
  }

  @Test
  void aNullInAListIsTheCallersMistake() {
    String secret = key(Verb.values()).secret();
    String store = json(post("/v1/vector_stores", "{}", secret)).path("id").stringValue();
    Map<String, String> bodies =
        Map.of(
            "/api/ask",
            "{\"question\":\"x\",\"collections\":[null]}",
            "/api/ask?",
            "{\"question\":\"x\",\"history\":[null]}",
            "/api/collections/" + store + "/search",
            "{\"queries\":[null]}",
            "/v1/vector_stores",
            "{\"file_ids\":[null]}",
            "/v1/vector_stores/" + store + "/file_batches",
            "{\"files\":[null]}",
            "/v1/vector_stores/" + store + "/file_batches?",
            "{\"file_ids\":[null]}",
            "/v1/responses",
            "{\"model\":\"engram\",\"input\":\"x\",\"include\":[null]}",
            "/v1/chat/completions",
            "{\"model\":\"engram\",\"messages\":[null]}",
            "/v1/embeddings",
            "{\"model\":\"m\",\"input\":[null]}");
    bodies.forEach((path, body) -> {
      HttpResponse<String> response = post(path, body, secret);
      assertThat(response.statusCode())
          .as("%s %s: %s", path, body, response.body())
          .isBetween(400, 404);
    });
  }

  @Test
  void randomGarbageIsNeverOurFault() {
    String secret = key(Verb.values()).secret();
    var random = new Random(SEED);
    List<String> paths =
        List.of("/v1/trial/things", "/api/trial/things", "/api/keys", "/api/tenants");
    for (int round = 0; round < 300; round++) {
      String body = garbage(random);
      String path = paths.get(random.nextInt(paths.size()));
      HttpResponse<String> response = post(path, body, secret);
      assertThat(response.statusCode())
          .as("-Dseed=%d, round %d: %s %s -> %s", SEED, round, path, body, response.body())
          .isLessThan(500);
      assertThat(response.body()).doesNotContain("Exception", "engram.api", "java.lang", "\tat ");
    }
  }

  private static String garbage(Random random) {
    String[] pieces = {
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\"name\"",
      "\"count\"",
      "\"verbs\"",
      "\"filter\"",
      "\"sizes\"",
      "null",
      "true",
      "1",
      "-1",
      "1e999",
      "9".repeat(400),
      "\"\\u0000\"",
      "\"read\"",
      "\"\"",
      "\"kind\"",
      "{\"name\":",
      "{\"name\":\"\\u0000\",\"verbs\":[\"read\"]}",
      "{\"name\":\"x\",\"verbs\":[null]}",
      "{\"name\":\"x\",\"verbs\":\"read\"}",
      "{\"name\":\"x\",\"verbs\":[\"read\"],\"filter\":{\"type\":\"eq\",\"key\":\"\\u0000\",\"value\":1}}",
      "{\"name\":\"x\",\"verbs\":[\"read\"],\"collections\":[\"\\u0000\"]}",
      "{\"name\":\"x\",\"verbs\":[\"read\"],\"expires_at\":\"+999999999-12-31T23:59:59Z\"}",
      "{\"name\":\"x\",\"verbs\":[\"read\"],\"expires_at\":1e300}",
      "{\"name\":\"\\ud800\",\"verbs\":[\"read\"]}",
      "{\"name\":\"\\ud800\"}",
      "[[[[[".repeat(200),
      "\u00e9",
      "\ufeff"
    };
    var body = new StringBuilder();
    int count = 1 + random.nextInt(random.nextBoolean() ? 1 : 8);
    for (int i = 0; i < count; i++) {
      body.append(pieces[random.nextInt(pieces.length)]);
    }
    return body.toString();
  }

  @Test
  void aSaneRequestIdIsKeptAndAnyOtherReplaced() {
    String secret = key(Verb.READ).secret();
    assertThat(get("/api/trial/access", secret, "x-request-id", "abc-1").headers().map())
        .containsEntry("x-request-id", List.of("abc-1"));
    assertThat(get("/nothing", null, "x-request-id", "a b\"").headers().firstValue("x-request-id"))
        .hasValueSatisfying(id -> assertThat(id).matches("req_[0-9a-f]{32}"));
  }

  @Test
  void everyResponseCarriesTheHeadersThatKeepBrowsersOut() {
    var headers = get("/nothing", null).headers();
    assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(headers.firstValue("Cache-Control")).contains("no-store");
    assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'");
    assertThat(headers.firstValue("Server")).isEmpty();
    assertThat(headers.firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void aFullDiskIsToldAsThatWhateverItIsWrappedIn() {
    var upload = new IOException("No space left on device");
    var row = new SQLException("could not extend file", "53100");
    assertThat(Failures.of(new MultipartException("parts", upload)).status()).isEqualTo(507);
    assertThat(Failures.of(new DataAccessResourceFailureException("insert", row)).code())
        .isEqualTo("no_space");
    assertThat(Failures.of(new IOException("reset")).code()).isNotEqualTo("no_space");
  }
}
