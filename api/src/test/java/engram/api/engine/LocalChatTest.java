package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;
import tools.jackson.databind.JsonNode;

class LocalChatTest extends LocalChat {
  private OpenAIClient client() {
    return new OpenAIClientImpl(
        ClientOptions.builder()
            .httpClient(SpringAiOpenAiHttpClient.builder().timeout(Duration.ofSeconds(60)).build())
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey("none")
            .maxRetries(0)
            .responseValidation(true)
            .build());
  }

  @Test
  void openAisClientReadsWholeAndStreamedAnswersAlike() {
    ChatCompletionCreateParams.Builder asked =
        ChatCompletionCreateParams.builder()
            .model("noise")
            .addUserMessage("Hello, whoever you are, and how are you doing today?")
            .seed(3)
            .maxCompletionTokens(20)
            .logprobs(true)
            .topLogprobs(2);
    OpenAIClient client = client();
    try {
      ChatCompletion whole = client.chat().completions().create(asked.build());
      String text = whole.choices().getFirst().message().content().orElseThrow();
      var scores = whole.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
      assertThat(scores).hasSize((int) whole.usage().orElseThrow().completionTokens());
      assertThat(scores.getFirst().topLogprobs()).hasSize(2);
      StringBuilder streamed = new StringBuilder();
      List<ChatCompletionChunk> chunks = new ArrayList<>();
      asked.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
      try (StreamResponse<ChatCompletionChunk> stream =
          client.chat().completions().createStreaming(asked.build())) {
        stream.stream().forEach(chunks::add);
      }
      for (ChatCompletionChunk chunk : chunks) {
        chunk.choices().forEach(one -> one.delta().content().ifPresent(streamed::append));
      }
      assertThat(streamed.toString()).isEqualTo(text);
      var usage = chunks.getLast().usage().orElseThrow();
      assertThat(usage.completionTokens())
          .isEqualTo(whole.usage().orElseThrow().completionTokens());
      assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens().orElseThrow())
          .isPositive();
    } finally {
      client.close();
    }
  }

  @Test
  void aSeedRepeatsTheAnswerAndEachWayToChooseWordsChangesIt() throws Exception {
    String plain = content(post(CHAT, body("")));
    assertThat(content(post(CHAT, body("")))).isEqualTo(plain);
    assertThat(content(post(CHAT, body(",'seed':8").replaceFirst("'seed':7,", ""))))
        .isNotEqualTo(plain);
    String greedy = content(post(CHAT, body(",'temperature':0")));
    for (String one : List.of("'top_k':1", "'top_p':0", "'min_p':1")) {
      assertThat(content(post(CHAT, body("," + one)))).as(one).isEqualTo(greedy);
    }
    for (String one :
        List.of(
            "'temperature':0.1",
            "'typical_p':0.1",
            "'repetition_penalty':5",
            "'frequency_penalty':2",
            "'logit_bias':{'65':100}")) {
      assertThat(content(post(CHAT, body("," + one)))).as(one).isNotEqualTo(plain);
    }
    assertThat(content(post(CHAT, body(",'logit_bias':{'65':100}")))).matches("A+");
  }

  @Test
  void stopStringsEndTheAnswerAndAreNoPartOfIt() throws Exception {
    String greedy = content(post(CHAT, body(",'temperature':0")));
    String stop = greedy.substring(4, 6);
    JsonNode cut =
        post(
            CHAT,
            body(
                ",'temperature':0,'stop':["
                    + tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(stop)
                    + "]"));
    assertThat(content(cut)).isEqualTo(greedy.substring(0, greedy.indexOf(stop)));
    assertThat(choice(cut).path("finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void theEnginesMethodsAreChosenByName() throws Exception {
    String plain = content(post(CHAT, body("")));
    assertThat(content(post(CHAT, body(",'engram':{'draft':false,'priority':'batch'}"))))
        .isEqualTo(plain);
    String tuned =
        ",'engram':{'processors':[{'name':'proxy-tuning','expert':'other','anti_expert':'third'}]}";
    JsonNode unknown = refused(CHAT, body(",'engram':{'policy':'forgetful'}"), 400);
    assertThat(unknown.path("message").asString()).contains("forgetful", "snapkv");
    assertThat(refused(CHAT, body(",'engram':{'polcy':'x'}"), 400).path("param").asString())
        .isEqualTo("engram.polcy");
    String name =
        engram.inference.Methods.known().all().stream()
            .filter(method -> method.kind() == engram.inference.Methods.Kind.PROCESSOR)
            .findFirst()
            .orElseThrow()
            .name();
    assertThat(content(post(CHAT, body(tuned.replace("proxy-tuning", name))))).isNotEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'n':2|n",
        "'top_logprobs':3|top_logprobs",
        "'logprobs':true,'top_logprobs':21|top_logprobs",
        "'temperature':3|temperature",
        "'top_k':-2|top_k",
        "'min_p':1.5|min_p",
        "'repetition_penalty':0|repetition_penalty",
        "'logit_bias':{'x':1}|logit_bias",
        "'stop':['a','b','c','d','e']|stop",
        "'tool_choice':'sometimes','tools':[{'type':'function','function':{'name':'f'}}]|tool_choice",
        "'tools':[{'type':'web_search'}]|tools[0].type",
        "'response_format':{'type':'xml'}|response_format.type",
        "'response_format':'json_object'|response_format",
        "'tools':'weather'|tools",
        "'tools':[],'tool_choice':'required'|tool_choice",
        "'tool_choice':{'type':'function','function':{'name':'f'}}|tool_choice",
        "'engram':{'timeout_ms':0}|engram.timeout_ms",
        "'engram':{'priority':'now'}|engram.priority",
        "'chat_template_kwargs':{'messages':'x'}|chat_template_kwargs.messages"
      })
  void whatIsWrongIsNamed(String field, String param) throws Exception {
    JsonNode error = refused(CHAT, body("," + field), 400);
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
  }

  @Test
  void anUnknownModelIsNotFound() throws Exception {
    JsonNode error = refused(CHAT, body("").replace("noise", "nobody"), 404);
    assertThat(error.path("code").asString()).isEqualTo("model_not_found");
  }

  /// The folder of the tier is made when the engine opens, and belongs to the data.
  @Test
  void theTierIsMadeWhereTheDataLie() throws Exception {
    post(CHAT, body(""));
    assertThat(models.tierFolder()).isDirectory();
  }
}
