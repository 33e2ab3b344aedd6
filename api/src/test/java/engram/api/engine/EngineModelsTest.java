package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.admin.Audit;
import engram.api.fakes.FakeServer;
import engram.inference.Generation;
import engram.inference.GenerationRequest;
import engram.inference.Prompt;
import engram.inference.Sampling;
import engram.inference.hub.FakeHub;
import engram.inference.model.SmallModels;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the operator sees of models of this process, and does with them.
class EngineModelsTest extends LocalServer {
  private static final FakeHub HUB = hub();

  @Autowired Audit audit;

  private static FakeHub hub() {
    try {
      Path model = Files.createTempDirectory("engram-hub").resolve("tiny-f32.gguf");
      SmallModels.decoder(model, 256, "d");
      FakeHub hub = new FakeHub();
      hub.put("tiny-f32.gguf", Files.readAllBytes(model));
      return hub;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void hubOfTheTest(DynamicPropertyRegistry registry) {
    registry.add("engram.hub.url", () -> HUB.address().toString());
  }

  private JsonNode deleted(String pathAndQuery, int status) throws Exception {
    HttpResponse<String> reply =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery))
                .header("Test-Key", "operator")
                .DELETE()
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    return JsonMapper.shared().readTree(reply.body());
  }

  private JsonNode read(String path) throws Exception {
    HttpResponse<String> reply = send(path, "");
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(reply.body());
  }

  private JsonNode model(String name) throws Exception {
    for (JsonNode one : read("/api/engine").path("models")) {
      if (one.path("name").asString().equals(name)) {
        return one;
      }
    }
    return JsonMapper.shared().createObjectNode();
  }

  private JsonNode await(String name, Predicate<JsonNode> done) throws Exception {
    JsonNode last = model(name);
    for (int waited = 0; !done.test(last); waited++) {
      assertThat(waited).as(last.toString()).isLessThan(1_000);
      Thread.sleep(20);
      last = model(name);
    }
    return last;
  }

  private JsonNode pulled(String name) throws Exception {
    refused("/api/engine/pulls", "{'model':'" + name + "'}", 202);
    for (int waited = 0; ; waited++) {
      JsonNode pull = read("/api/engine/pulls").path("items").path(0);
      assertThat(pull.path("model").asString()).isEqualTo(name);
      if (!pull.path("ended_at").isNull()) {
        return pull;
      }
      assertThat(waited).as(pull.toString()).isLessThan(1_000);
      Thread.sleep(20);
    }
  }

  private List<String> acts(String subject) {
    return audit
        .entries(FakeServer.TENANT, new Audit.Query(null, null, null, null, null, 1_000))
        .reversed()
        .stream()
        .filter(entry -> entry.subject().equals(subject))
        .map(Audit.Entry::action)
        .toList();
  }

  @Test
  void aModelIsPulledLoadedUsedUnloadedAndDeleted() throws Exception {
    JsonNode pull = pulled("owner/tiny");
    assertThat(pull.path("state").asString()).as(pull.toString()).isEqualTo("done");
    assertThat(pull.path("done_bytes")).isEqualTo(pull.path("total_bytes"));
    JsonNode here = model("owner/tiny");
    assertThat(here.path("origin").asString()).isEqualTo("pulled");
    assertThat(here.path("state").asString()).isEqualTo("absent");
    assertThat(here.path("file_bytes")).isEqualTo(pull.path("total_bytes"));
    assertThat(here.path("commit").asString()).hasSize(40);

    refused("/api/engine/models/load", "{'model':'owner/tiny'}", 202);
    JsonNode loaded = await("owner/tiny", one -> one.path("state").asString().equals("loaded"));
    assertThat(loaded.path("context_tokens").asInt()).isEqualTo(256);
    post(
        "/v1/completions",
        "{'model':'owner/tiny','prompt':'%s','max_tokens':9}".formatted("x".repeat(70)));
    awaitIdle("owner/tiny");
    JsonNode load = model("owner/tiny").path("load");
    assertThat(load.path("tokens_written").asLong()).isBetween(1L, 9L);
    assertThat(load.path("tokens_read").asLong()).isGreaterThanOrEqualTo(70);
    JsonNode tenant = load.path("tenants").path(0);
    assertThat(tenant.path("name").asString()).isEqualTo("default");
    assertThat(tenant.path("pages").asInt())
        .isPositive()
        .isEqualTo(load.path("pages_total").asInt() - load.path("pages_free").asInt());

    JsonNode unloaded = post("/api/engine/models/unload", "{'model':'owner/tiny'}");
    assertThat(unloaded.path("state").asString()).isEqualTo("absent");
    deleted("/api/engine/models?model=owner/tiny", 200);
    assertThat(model("owner/tiny").isEmpty()).isTrue();
    assertThat(acts("model owner/tiny"))
        .containsExactlyInAnyOrder(
            "model.pull_started",
            "model.pulled",
            "model.load_started",
            "model.loaded",
            "model.unloaded",
            "model.deleted");
  }

  @Test
  void aPullThatCannotBeSaysWhy() throws Exception {
    JsonNode pull = pulled("owner/tiny:q9_none");
    assertThat(pull.path("state").asString()).isEqualTo("failed");
    assertThat(pull.path("failure").asString()).contains("q9_none");
    assertThat(acts("model owner/tiny:q9_none")).contains("model.pull_failed");
    assertThat(refused("/api/engine/pulls", "{'model':'../etc'}", 400).path("detail").asString())
        .contains("is no owner of a model");
    refused("/api/engine/pulls", "{'model':'engram/handbook'}", 400);
    refused("/api/engine/pulls", "{}", 400);
    deleted("/api/engine/pulls?model=owner/tiny:q9_none", 404);
  }

  @Test
  void aModelThatCannotBeReadSaysWhy() throws Exception {
    Files.writeString(FOLDER.resolve("broken.gguf"), "no model");
    try {
      await("broken", one -> !one.isEmpty());
      refused("/api/engine/models/load", "{'model':'broken'}", 202);
      JsonNode failed = await("broken", one -> !one.path("failure").isNull());
      assertThat(failed.path("failure").asString()).isNotBlank();
      assertThat(failed.path("state").asString()).isEqualTo("absent");
      assertThat(acts("model broken")).containsExactly("model.load_started", "model.load_failed");
    } finally {
      Files.delete(FOLDER.resolve("broken.gguf"));
    }
  }

  @Test
  void whatIsInUseOrPutThereByHandStays() throws Exception {
    try (Generation generation =
        models
            .with("third")
            .generate(
                GenerationRequest.of(
                    "third", new Prompt.Tokens(new int[] {65}), 900, Sampling.GREEDY))) {
      JsonNode refused = refused("/api/engine/models/unload", "{'model':'third'}", 409);
      assertThat(refused.path("code").asString()).isEqualTo("model_in_use");
      generation.cancel();
    }
    awaitIdle("third");
    JsonNode placed = deleted("/api/engine/models?model=noise", 409);
    assertThat(placed.path("code").asString()).isEqualTo("model_not_pulled");
    deleted("/api/engine/models?model=nothing", 404);
    assertThat(model("noise").path("uses").path(0).asString()).isEqualTo("chat");
    assertThat(model("letters").path("uses").path(0).asString()).isEqualTo("embedding");
  }

  @Test
  void onlyTheOperatorSeesAndDoesIt() throws Exception {
    for (String path : List.of("/api/engine", "/api/engine/pulls")) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .header("Test-Key", "ann")
              .build();
      assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .as(path)
          .isEqualTo(403);
    }
  }

  @Test
  void aDialogueIsWrittenAsTheModelReadsItAndItsWordsAreWeighed() throws Exception {
    JsonNode written =
        post(
            "/api/engine/prompt",
            "{'model':'noise','messages':[{'role':'user','content':'The red boat sank. '}]}");
    String prompt = written.path("prompt").asString();
    JsonNode place = written.path("messages").path(0);
    assertThat(prompt.substring(place.path("start").asInt(), place.path("end").asInt()))
        .isEqualTo("The red boat sank.");
    assertThat(prompt).startsWith("<|im_start|>user").endsWith("<|im_start|>assistant\n");
    assertThat(read("/api/engine/models").path("models").toString())
        .contains("\"noise\"", "\"letters\"");
    String asked =
        JsonMapper.shared()
            .writeValueAsString(
                java.util.Map.of(
                    "model", "noise", "prompt", prompt, "answer", "Yes", "marks", true));
    JsonNode reply = post("/api/engine/attribution", asked);
    List<String> words = new java.util.ArrayList<>();
    double sum = reply.path("rest").asDouble();
    for (JsonNode span : reply.path("spans")) {
      words.add(prompt.substring(span.path("start").asInt(), span.path("end").asInt()));
      sum += span.path("share").asDouble();
    }
    assertThat(words).contains(" red", " boat", " sank.");
    assertThat(sum).isBetween(0.999, 1.001);
    assertThat(reply.path("tokens")).hasSize(3);
    // Marks are single tokens only where they are said to be.
    assertThat(written.path("tokens").asInt()).isLessThan(prompt.length() - 20);
  }
}
