package engram.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.Verb;
import engram.api.usage.Operation;
import engram.api.usage.Traffic;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class UsageTest extends ServerTest {
  @Autowired Traffic traffic;

  @Test
  void hoursAddUpAndAreTheTenantsOwn() {
    String admin = key(Verb.ADMIN).secret();
    traffic.count(tenant, Operation.SEARCH, Duration.ofMillis(4), false);
    assertThat(json(get("/api/usage", admin)).path("hours")).hasSize(1);
    traffic.count(tenant, Operation.SEARCH, Duration.ofMillis(4), true);
    traffic.countTokens(tenant, 70);
    var hours = json(get("/api/usage", admin)).path("hours");
    assertThat(hours).hasSize(2);
    assertThat(hours.path(0).path("operation").asString()).isEqualTo("answer");
    assertThat(hours.path(0).path("tokens").asLong()).isEqualTo(70);
    assertThat(hours.path(1).path("requests").asLong()).isEqualTo(2);
    assertThat(hours.path(1).path("failures").asLong()).isEqualTo(1);
    assertThat(hours.path(1).path("p95_ms").asDouble()).isBetween(3.0, 5.0);

    tenant = database().tenant("another " + tenant);
    assertThat(json(get("/api/usage", key(Verb.ADMIN).secret())).path("hours")).isEmpty();
  }

  @Test
  void requestsAreCountedAsWhatTheyAre() {
    assertThat(TrafficFilter.operation("POST", "/api/collections/vs_1/search"))
        .isEqualTo(Operation.SEARCH);
    assertThat(TrafficFilter.operation("POST", "/v1/responses")).isEqualTo(Operation.ANSWER);
    assertThat(TrafficFilter.operation("PUT", "/api/collections/vs_1/documents/a"))
        .isEqualTo(Operation.INGEST);
    assertThat(TrafficFilter.operation("GET", "/v1/files")).isNull();
    assertThat(TrafficFilter.operation("DELETE", "/v1/files/file-1")).isNull();
  }

  @Test
  void aSpanWithoutSenseIsRefusedByName() {
    String admin = key(Verb.ADMIN).secret();
    for (String query :
        new String[] {
          "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "?from=2020-01-01T00:00:00Z"
        }) {
      var response = get("/api/usage" + query, admin);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      assertThat(response.body()).contains("'from'");
    }
  }
}
