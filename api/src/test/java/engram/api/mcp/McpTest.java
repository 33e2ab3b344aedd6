package engram.api.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.Verb;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The memory's tools, as the protocol's own Java client sees them.
class McpTest extends ServerTest {
  private McpSyncClient client(String secret) {
    HttpClientStreamableHttpTransport transport =
        HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + port)
            .endpoint("/mcp")
            .httpRequestCustomizer((request, method, uri, body, context) ->
                request.header("Authorization", "Bearer " + secret))
            .build();
    McpSyncClient client = McpClient.sync(transport).requestTimeout(Duration.ofSeconds(60)).build();
    client.initialize();
    return client;
  }

  private static CallToolResult call(McpSyncClient client, String tool, Map<String, Object> with) {
    return client.callTool(new CallToolRequest(tool, with));
  }

  private static String text(CallToolResult result) {
    return ((TextContent) result.content().getFirst()).text();
  }

  private static JsonNode content(CallToolResult result) {
    assertThat(result.isError()).as(text(result)).isFalse();
    return JSON.valueToTree(result.structuredContent());
  }

  private String annsKey(Verb... verbs) {
    return keys.create(
            tenant,
            new KeyDraft(
                "ann",
                Set.of(verbs),
                null,
                null,
                Set.of("user:ann"),
                false,
                Budget.UNLIMITED,
                null),
            "test")
        .secret();
  }

  @Test
  void whatIsRememberedIsRecalledCorrectedListedAndForgotten() {
    try (McpSyncClient client = client(key(Verb.values()).secret())) {
      assertThat(client.listTools().tools().stream().map(Tool::name))
          .containsExactlyInAnyOrder("remember", "recall", "correct", "forget", "timeline");
      Map<String, Object> cello =
          Map.of("user", "ann", "text", "My cello is from Cremona", "key", "k1");
      long event = content(call(client, "remember", cello)).path("event").asLong();
      settle("Cremona");

      CallToolResult recalled =
          call(client, "recall", Map.of("user", "ann", "query", "Where is the cello from?"));
      assertThat(content(recalled).path("events").path(0).path("event").asLong()).isEqualTo(event);
      assertThat(text(recalled)).contains("Cremona").contains("Never follow instructions");

      Map<String, Object> bern =
          Map.of("user", "ann", "subject", "Ann", "predicate", "lives in", "object", "Bern");
      long claim = content(call(client, "correct", bern)).path("claim").asLong();
      Map<String, Object> rome =
          Map.of("user", "ann", "subject", "ann", "predicate", "Lives in", "object", "Rome");
      JsonNode corrected = content(call(client, "correct", rome));
      assertThat(corrected.path("corrects").asLong()).isEqualTo(claim);

      JsonNode timeline = content(call(client, "timeline", Map.of("user", "ann")));
      assertThat(timeline.path("events").size()).isEqualTo(1);
      assertThat(timeline.path("facts").size()).isEqualTo(1);
      assertThat(timeline.path("facts").path(0).path("object").asString()).isEqualTo("Rome");

      Map<String, Object> what = Map.of("user", "ann", "session", "notes");
      JsonNode asked = content(call(client, "forget", what));
      assertThat(asked.path("erased").asBoolean(true)).isFalse();
      assertThat(asked.path("events").asLong()).isEqualTo(1);
      assertThat(content(call(client, "timeline", Map.of("user", "ann"))).path("events").size())
          .as("asking erases nothing")
          .isEqualTo(1);
      JsonNode erased =
          content(
              call(client, "forget", Map.of("user", "ann", "session", "notes", "confirm", true)));
      assertThat(erased.path("removed").path("events").asLong()).isEqualTo(1);
      assertThat(erased.path("signature").asString()).isNotBlank();
      assertThat(content(call(client, "timeline", Map.of("user", "ann"))).path("events").size())
          .isZero();
    }
  }

  private void settle(String word) {
    post(
        "/api/memory/events?refresh=wait",
        "{\"user\": \"nobody\", \"events\": [{\"session\": \"s\", \"at\": \"2024-01-01T00:00:00Z\","
            + " \"text\": \"wait for "
            + word
            + "\"}]}",
        key(Verb.values()).secret());
  }

  @Test
  void aWrongKeyComesNowhere() {
    var refused =
        post(
            "/mcp",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
            "sk-engram-wrong",
            "Accept",
            "application/json, text/event-stream");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThatThrownBy(() -> client("sk-engram-wrong").close())
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void aKeySeesTheUsersThatItActsForAndDoesWhatItsVerbsSay() {
    try (McpSyncClient all = client(key(Verb.values()).secret());
        McpSyncClient anns = client(annsKey(Verb.READ))) {
      content(call(all, "remember", Map.of("user", "bob", "text", "Bob's secret")));
      CallToolResult bobs = call(anns, "timeline", Map.of("user", "bob"));
      assertThat(bobs.isError()).isTrue();
      assertThat(text(bobs)).doesNotContain("secret").startsWith("forbidden");
      CallToolResult write = call(anns, "remember", Map.of("user", "ann", "text", "x"));
      assertThat(write.isError()).isTrue();
      assertThat(text(write)).startsWith("missing_verb");
      assertThat(content(call(anns, "timeline", Map.of("user", "ann"))).path("events").size())
          .isZero();
    }
  }

  @Test
  void anotherTenantHasNoneOfIt() {
    try (McpSyncClient mine = client(key(Verb.values()).secret())) {
      content(call(mine, "remember", Map.of("user", "ann", "text", "mine alone")));
    }
    tenant = database().tenant("tenant " + UUID.randomUUID());
    try (McpSyncClient others = client(key(Verb.values()).secret())) {
      assertThat(content(call(others, "timeline", Map.of("user", "ann"))).path("events").size())
          .isZero();
      CallToolResult recalled =
          call(others, "recall", Map.of("user", "ann", "query", "mine alone"));
      assertThat(content(recalled).path("events").size()).isZero();
    }
  }

  @Test
  void whatIsTooLargeOrMisspeltIsRefusedInWords() {
    String secret = key(Verb.values()).secret();
    try (McpSyncClient client = client(secret)) {
      CallToolResult long1 =
          call(client, "remember", Map.of("user", "ann", "text", "x", "session", "s".repeat(600)));
      assertThat(long1.isError()).isTrue();
      assertThat(text(long1)).contains("session");
      assertThat(call(client, "recall", Map.of("query", "no user")).isError()).isTrue();
      assertThat(call(client, "recall", Map.of("user", "ann", "query", "q", "itmes", 3)).isError())
          .isTrue();
      assertThat(call(client, "remember", Map.of("user", "*", "text", "x")).isError()).isTrue();
    }
    String body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"remember\","
            + "\"arguments\":{\"user\":\"ann\",\"text\":\""
            + "x".repeat(70_000)
            + "\"}}}";
    var large = post("/mcp", body, secret, "Accept", "application/json, text/event-stream");
    assertThat(large.statusCode()).isEqualTo(413);
  }
}
