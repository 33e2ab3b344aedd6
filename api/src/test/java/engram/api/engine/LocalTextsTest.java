package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.PublicData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Completions, responses, rerank and signals of models of this process.
class LocalTextsTest extends LocalServer {
  private static final String FUNCTION =
      """
      'tools':[{'type':'function','name':'time','parameters':{'type':'object','properties':{},\
      'additionalProperties':false}}],'tool_choice':'required'\
      """;

  @Test
  void completionsEchoThePromptWithItsScores() throws Exception {
    JsonNode reply =
        post(
            "/v1/completions",
            "{'model':'noise','prompt':'Hi you','max_tokens':4,'echo':true,'logprobs':2,'seed':1}");
    JsonNode choice = reply.path("choices").path(0);
    assertThat(choice.path("text").asString()).startsWith("Hi you");
    JsonNode scores = choice.path("logprobs");
    int tokens = reply.path("usage").path("total_tokens").asInt();
    assertThat(scores.path("tokens")).hasSize(tokens);
    assertThat(scores.path("token_logprobs").path(0).isNull()).isTrue();
    assertThat(scores.path("token_logprobs").path(1).asDouble()).isNegative();
    assertThat(scores.path("text_offset").path(5).asInt()).isEqualTo(5);
    assertThat(scores.path("top_logprobs").path(3)).hasSize(2);
  }

  @Test
  void aPromptIsATextOrTokensOrSeveral() throws Exception {
    String asked = "{'model':'noise','max_tokens':6,'temperature':0,'prompt':%s}";
    JsonNode both = post("/v1/completions", asked.formatted("['AB','xyz']"));
    assertThat(both.path("choices")).hasSize(2);
    assertThat(both.path("choices").path(1).path("index").asInt()).isEqualTo(1);
    JsonNode tokens = post("/v1/completions", asked.formatted("[65,66]"));
    assertThat(tokens.path("choices").path(0).path("text"))
        .isEqualTo(both.path("choices").path(0).path("text"));
    List<JsonNode> events = stream("/v1/completions", asked.formatted("'AB','stream':true"));
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event.path("choices").path(0).path("text").asString()));
    assertThat(text.toString()).isEqualTo(both.path("choices").path(0).path("text").asString());
    assertThat(
            refused("/v1/completions", asked.formatted("[65,9999]"), 400)
                .path("message")
                .asString())
        .contains("9999");
  }

  @Test
  void theRealStoryGoesOn() throws Exception {
    Path data = PublicData.require("model-stories260k");
    Path file = FOLDER.resolve("stories.gguf");
    if (!Files.exists(file)) {
      Files.copy(data.resolve("tinyllamas-stories-260k-f32.gguf"), file);
    }
    for (int waited = 0; !models.has("stories"); waited++) {
      assertThat(waited).isLessThan(50);
      Thread.sleep(100);
    }
    JsonNode reply =
        post(
            "/v1/completions",
            "{'model':'stories','prompt':'Once upon a time','max_tokens':24,'temperature':0}");
    assertThat(reply.path("choices").path(0).path("text").asString())
        .contains("there was a little");
  }

  @Test
  void responsesHaveTextAndAreContinued() throws Exception {
    JsonNode first =
        post(
            "/v1/responses",
            "{'model':'noise','input':'Hello, whoever you are, and how are you"
                + " today?','max_output_tokens':8,'seed':1,'top_logprobs':1}");
    JsonNode message = first.path("output").path(0);
    assertThat(message.path("content").path(0).path("text").asString()).isNotEmpty();
    assertThat(message.path("content").path(0).path("logprobs").size()).isBetween(1, 8);
    assertThat(first.path("status").asString()).isIn("incomplete", "completed");
    JsonNode second =
        post(
            "/v1/responses",
            "{'model':'noise','input':'And?','max_output_tokens':8,'previous_response_id':'"
                + first.path("id").asString()
                + "'}");
    assertThat(second.path("usage").path("input_tokens").asInt())
        .isGreaterThan(first.path("usage").path("input_tokens").asInt() + 10);
    assertThat(second.path("usage").path("input_tokens_details").path("cached_tokens").asInt())
        .isPositive();
  }

  @Test
  void aResponseThatCallsAFunctionGoesOnWithItsResult() throws Exception {
    String asked = "{'model':'noise','input':%s,'max_output_tokens':120," + FUNCTION + "}";
    JsonNode first = post("/v1/responses", asked.formatted("'What time is it?'"));
    JsonNode call = first.path("output").path(0);
    assertThat(call.path("type").asString()).isEqualTo("function_call");
    assertThat(call.path("name").asString()).isEqualTo("time");
    assertThat(call.path("arguments").asString()).isEqualTo("{}");
    String result =
        "[{'type':'function_call_output','call_id':'"
            + call.path("call_id").asString()
            + "','output':'noon'}],'previous_response_id':'"
            + first.path("id").asString()
            + "'";
    JsonNode second =
        post("/v1/responses", "{'model':'noise','max_output_tokens':5,'input':" + result + "}");
    assertThat(second.path("output").path(0).path("type").asString()).isEqualTo("message");
    List<String> types = new ArrayList<>();
    for (JsonNode event :
        stream("/v1/responses", asked.formatted("'What time is it?','stream':true"))) {
      types.add(event.path("type").asString());
    }
    assertThat(types)
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed");
  }

  @Test
  void aResponseThatCannotBeginHasAnErrorsStatus() throws Exception {
    JsonNode error =
        refused(
            "/v1/responses",
            "{'model':'noise','stream':true,'input':'" + "x".repeat(2000) + "'}",
            400);
    assertThat(error.path("code").asString()).isEqualTo("context_length_exceeded");
  }

  @Test
  void rerankSortsByTheModelsScore() throws Exception {
    String asked =
        "{'model':'judge','query':'a b','documents':['a','b c',{'text':'x y z'}],"
            + "'return_documents':true%s}";
    JsonNode reply = post("/v1/rerank", asked.formatted(""));
    JsonNode raw = post("/v1/rerank", asked.formatted(",'raw_scores':true,'top_n':2"));
    assertThat(reply.path("results")).hasSize(3);
    assertThat(raw.path("results")).hasSize(2);
    double before = 1;
    for (JsonNode result : reply.path("results")) {
      assertThat(result.path("relevance_score").asDouble()).isBetween(0.0, before);
      before = result.path("relevance_score").asDouble();
    }
    double logit = raw.path("results").path(0).path("relevance_score").asDouble();
    double share = reply.path("results").path(0).path("relevance_score").asDouble();
    assertThat(Math.abs(share - 1 / (1 + Math.exp(-logit))) < 1e-6).isTrue();
    assertThat(reply.path("usage").path("total_tokens").asInt()).isPositive();
    assertThat(
            refused("/v1/rerank", asked.formatted("").replace("judge", "letters"), 400)
                .path("message")
                .asString())
        .contains("letters does not compare texts");
    assertThat(
            refused("/v1/rerank", "{'model':'judge','query':'a','documents':[]}", 400)
                .path("param")
                .asString())
        .isEqualTo("documents");
  }

  @Test
  void surpriseIsWhatCompletionsSayOfTheSameText() throws Exception {
    String text = "Größe, déjà vu 🙂!";
    JsonNode surprise =
        post("/api/engine/surprise", "{'model':'noise','text':'" + text + "','top':1}");
    JsonNode echoed =
        post(
            "/v1/completions",
            "{'model':'noise','prompt':'" + text + "','max_tokens':0,'echo':true,'logprobs':1}");
    JsonNode scores = echoed.path("choices").path(0).path("logprobs").path("token_logprobs");
    JsonNode tokens = surprise.path("tokens");
    assertThat(tokens).hasSize(scores.size());
    assertThat(tokens.path(0).path("surprise").isNull()).isTrue();
    double sum = 0;
    int end = 0;
    for (int index = 0; index < tokens.size(); index++) {
      JsonNode token = tokens.path(index);
      // Each byte is a token: those of one character have its place, and none is left out.
      assertThat(token.path("start").asInt()).isLessThanOrEqualTo(end);
      end = token.path("end").asInt();
      if (index > 0) {
        assertThat(token.path("surprise").asDouble()).isEqualTo(-scores.path(index).asDouble());
        sum += token.path("surprise").asDouble();
      }
    }
    assertThat(end).isEqualTo(text.length());
    double mean = surprise.path("mean_surprise").asDouble();
    assertThat(Math.abs(mean - sum / (tokens.size() - 1)) < 1e-9).isTrue();
  }

  @Test
  void attributionSharesTheAttentionOut() throws Exception {
    String asked =
        "{'model':'noise','prompt':'The red fox. The blue bird.','answer':' red',"
            + "'spans':[{'start':0,'end':12},{'start':13,'end':27}]}";
    JsonNode reply = post("/api/engine/attribution", asked);
    double sum = reply.path("rest").asDouble();
    for (JsonNode span : reply.path("spans")) {
      assertThat(span.path("share").asDouble()).isPositive();
      sum += span.path("share").asDouble();
    }
    assertThat(Math.abs(sum - 1) < 1e-6).as("sum %s", sum).isTrue();
    assertThat(reply.path("tokens")).hasSize(4);
    assertThat(reply.path("tokens").path(1).path("token").asString()).isEqualTo("r");
    assertThat(reply.path("tokens").path(1).path("start").asInt()).isEqualTo(1);
    refused("/api/engine/attribution", asked.replace("'end':27", "'end':28"), 400);
    refused("/api/engine/attribution", asked.replace("'start':13", "'start':5"), 400);
  }

  @Test
  void everyLayerHasItsVectors() throws Exception {
    String asked = "{'model':'letters','texts':['a b','x'],'layer':%d}";
    JsonNode last = post("/api/engine/embeddings", asked.replace(",'layer':%d", ""));
    JsonNode served = post("/v1/embeddings", "{'model':'letters','input':'a b'}");
    assertThat(last.path("embeddings").path(0))
        .isEqualTo(served.path("data").path(0).path("embedding"));
    JsonNode first = post("/api/engine/embeddings", asked.formatted(0));
    assertThat(first.path("embeddings")).hasSize(2);
    assertThat(first.path("embeddings").path(0)).isNotEqualTo(last.path("embeddings").path(0));
    assertThat(
            refused("/api/engine/embeddings", asked.formatted(99), 400).path("detail").asString())
        .contains("99");
  }

  @Test
  void theEngineSaysWhatIsLoaded() throws Exception {
    post("/v1/rerank", "{'model':'judge','query':'a','documents':['b']}");
    post("/v1/completions", "{'model':'noise','prompt':'x','max_tokens':1}");
    JsonNode engine =
        tools.jackson.databind.json.JsonMapper.shared().readTree(send("/api/engine", "").body());
    assertThat(engine.path("kernels").asString()).isNotEmpty();
    assertThat(engine.path("memory_bytes").asLong()).isEqualTo(512L << 20);
    assertThat(engine.path("used_bytes").asLong()).isPositive();
    for (JsonNode model : engine.path("models")) {
      switch (model.path("name").asString()) {
        case "judge" -> assertThat(model.path("kind").asString()).isEqualTo("encoder");
        case "noise" -> {
          assertThat(model.path("kind").asString()).isEqualTo("decoder");
          assertThat(model.path("context_tokens").asInt()).isEqualTo(1024);
          assertThat(model.path("load").path("pages_total").asInt()).isPositive();
        }
        default -> {}
      }
    }
  }

  @Test
  void aModelThatIsNotHereIsToldOnBothSurfaces() throws Exception {
    assertThat(
            refused("/api/engine/surprise", "{'model':'x','text':'a'}", 404)
                .path("code")
                .asString())
        .isEqualTo("model_not_found");
    assertThat(
            refused("/v1/completions", "{'model':'x','prompt':'a'}", 404).path("code").asString())
        .isEqualTo("model_not_found");
    assertThat(
            refused("/api/engine/surprise", "{'model':'noise','texts':'a'}", 400)
                .path("detail")
                .asString())
        .contains("texts");
  }
}
