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
import engram.inference.Generation;
import engram.inference.GenerationRequest;
import engram.inference.Prompt;
import engram.inference.Sampling;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;
import tools.jackson.databind.JsonNode;

class LocalChatTest extends LocalServer {
  private static final String CHAT = "/v1/chat/completions";
  private static final String HELLO = "'messages':[{'role':'user','content':'Hello'}]";
  private static final String TOOLS =
      """
      'tools':[{'type':'function','function':{'name':'weather','parameters':{'type':'object',\
      'properties':{'city':{'enum':['Paris','Rome']}},'required':['city'],\
      'additionalProperties':false}}},{'type':'function','function':{'name':'time'}}]\
      """;

  private static String body(String more) {
    return "{'model':'noise','max_tokens':24,'seed':7," + HELLO + more + "}";
  }

  private static JsonNode choice(JsonNode reply) {
    return reply.path("choices").path(0);
  }

  private static String content(JsonNode reply) {
    return choice(reply).path("message").path("content").asString();
  }

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
  void outputsKeepToASchemaAndToAGrammar() throws Exception {
    String schema =
        """
        ,'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'type':'object',\
        'properties':{'color':{'enum':['red','green']},'n':{'type':'integer','minimum':1,'maximum':9}},\
        'required':['color','n'],'additionalProperties':false}}}\
        """;
    JsonNode reply = post(CHAT, body(schema).replace("'max_tokens':24", "'max_tokens':80"));
    assertThat(content(reply))
        .matches("\\{\\s*\"color\"\\s*:\\s*\"(red|green)\"\\s*,\\s*\"n\"\\s*:\\s*[1-9]\\s*\\}");
    String grammar = ",'response_format':{'type':'grammar','grammar':'root ::= [ab] [cd]'}";
    assertThat(content(post(CHAT, body(grammar)))).matches("[ab][cd]");
    JsonNode wrong =
        refused(
            CHAT,
            body(
                ",'response_format':{'type':'json_schema','json_schema':{'schema':{'type':'string','format':'email'}}}"),
            400);
    assertThat(wrong.path("message").asString()).contains("email");
  }

  @Test
  void aForcedCallIsACallWholeAndStreamed() throws Exception {
    String asked = body("," + TOOLS + ",'tool_choice':'required'").replace(":24", ":120");
    JsonNode reply = post(CHAT, asked);
    JsonNode call = choice(reply).path("message").path("tool_calls").path(0);
    assertThat(choice(reply).path("finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice(reply).path("message").path("content").isNull()).isTrue();
    assertThat(call.path("function").path("name").asString()).isIn("weather", "time");
    String named =
        asked.replace(
            "'tool_choice':'required'",
            "'tool_choice':{'type':'function','function':{'name':'weather'}}");
    JsonNode weather = post(CHAT, named);
    JsonNode function = choice(weather).path("message").path("tool_calls").path(0).path("function");
    assertThat(function.path("name").asString()).isEqualTo("weather");
    assertThat(function.path("arguments").asString()).matches("\\{\"city\":\"(Paris|Rome)\"}");
    List<JsonNode> events = stream(CHAT, named.replace("'seed'", "'stream':true,'seed'"));
    List<JsonNode> calls =
        events.stream()
            .map(event -> choice(event).path("delta").path("tool_calls"))
            .filter(JsonNode::isArray)
            .toList();
    assertThat(calls).hasSize(1);
    assertThat(calls.getFirst().path(0).path("function")).isEqualTo(function);
    assertThat(choice(events.getLast()).path("finish_reason").asString()).isEqualTo("tool_calls");
  }

  @Test
  void callsAndTheirResultsAreReadBack() throws Exception {
    String messages =
        """
        'messages':[{'role':'user','content':'Weather?'},{'role':'assistant','content':null,\
        'tool_calls':[{'id':'c1','type':'function','function':{'name':'weather','arguments':'{}'}}]},\
        {'role':'tool','tool_call_id':'c1','content':'sunny'}]\
        """;
    JsonNode reply = post(CHAT, "{'model':'noise','max_tokens':3," + messages + "," + TOOLS + "}");
    assertThat(reply.path("usage").path("prompt_tokens").asInt()).isGreaterThan(100);
    JsonNode wrong =
        refused(
            CHAT,
            "{'model':'noise'," + messages.replace("'c1','content'", "'c2','content'") + "}",
            400);
    assertThat(wrong.path("message").asString()).contains("'c2'");
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

  @Test
  void anAnswerThatIsTooLateIsTold() throws Exception {
    JsonNode error =
        refused(
            CHAT,
            body(",'engram':{'timeout_ms':1}")
                .replace(":24", ":1000")
                .replace("Hello", "x".repeat(900)),
            504);
    assertThat(error.path("code").asString()).isEqualTo("model_timeout");
    awaitIdle("noise");
  }

  @Test
  void aClientThatLeavesFreesItsPlace() throws Exception {
    // No end comes by itself: the token that ends an answer is forbidden.
    String body =
        ("{'model':'other','stream':true,'max_tokens':900,'logit_bias':{'257':-100}," + HELLO + "}")
            .replace('\'', '"');
    byte[] request =
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(request);
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(300)).hasSize(300);
      socket.setSoLinger(true, 0); // reset, as of a client that is killed
    }
    awaitIdle("other");
  }

  @Test
  void aFullQueueIsToldWithTheTimeToComeBack() throws Exception {
    var engine = models.with("third");
    GenerationRequest endless =
        GenerationRequest.of(
            "third",
            new Prompt.Text("x", true, false),
            900,
            Sampling.at(1, 1).withLogitBias(java.util.Map.of(257, -100f)));
    // Nobody reads the first, which pauses in its place; the second waits for it.
    try (Generation running = engine.generate(endless)) {
      for (int waited = 0; unfinished("third") == 0 && waited < 500; waited++) {
        Thread.sleep(10);
      }
      running.next();
      try (Generation waiting = engine.generate(endless)) {
        HttpResponse<String> reply =
            send(CHAT, body("").replace("noise", "third").replace('\'', '"'));
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(429);
        assertThat(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()))
            .isPositive();
        assertThat(reply.body()).contains("\"rate_limit_error\"", "\"model_rate_limited\"");
        assertThat(waiting).isNotNull();
      }
    }
    awaitIdle("third");
  }
}
