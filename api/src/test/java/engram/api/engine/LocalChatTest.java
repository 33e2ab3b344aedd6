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
import engram.api.fakes.FakeServer;
import engram.inference.EngineStatus;
import engram.inference.Generation;
import engram.inference.GenerationRequest;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.Sampling;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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

  /// A request that has no end by itself: the token that ends an answer is forbidden.
  private static GenerationRequest endless(String tenant) {
    return GenerationRequest.of(
            "third",
            new Prompt.Text("x", true, false),
            900,
            Sampling.at(1, 1).withLogitBias(Map.of(257, -100f)))
        .withCaller(tenant, Priority.NORMAL, null);
  }

  /// Nobody reads it, so it pauses in the one place that there is; others wait for it.
  private Generation inThePlace() throws Exception {
    Generation running = models.with("third").generate(endless("other"));
    running.next();
    return running;
  }

  private int waiting() {
    return models.status().models().stream()
        .filter(model -> model.name().equals("third"))
        .map(model -> (EngineStatus.DecoderLoad) model.loaded())
        .mapToInt(load -> load == null ? 0 : load.waiting())
        .sum();
  }

  private void awaitWaiting(int count) throws InterruptedException {
    for (int waited = 0; waiting() != count; waited++) {
      assertThat(waited).as("%d requests wait, not %d", waiting(), count).isLessThan(1_000);
      Thread.sleep(10);
    }
  }

  @Test
  void aTenantThatAsksTooMuchIsToldToComeBack() throws Exception {
    try (Generation running = inThePlace();
        Generation own = third(FakeServer.TENANT.toString())) {
      HttpResponse<String> reply = send(CHAT, toThird());
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(429);
      assertThat(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()))
          .isPositive();
      assertThat(reply.body()).contains("\"rate_limit_error\"", "\"model_rate_limited\"");
    }
    awaitIdle("third");
  }

  @Test
  void whereAllAskTooMuchItIsTheServerThatIsBusy() throws Exception {
    try (Generation running = inThePlace();
        Generation one = third("a");
        Generation two = third("b")) {
      HttpResponse<String> reply = send(CHAT, toThird());
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(503);
      assertThat(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()))
          .isPositive();
      assertThat(reply.body()).contains("\"model_overloaded\"", "2 requests wait, 2 may");
    }
    awaitIdle("third");
  }

  /// One leaves politely and one is killed, as they wait for a place: nothing was written to them.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatWaitsForAWholeAnswerAndLeavesFreesItsPlace(boolean killed) throws Exception {
    try (Generation running = inThePlace()) {
      for (String path : List.of(CHAT, "/v1/responses", "/v1/completions")) {
        String asked =
            switch (path) {
              case CHAT -> toThird();
              case "/v1/responses" -> "{\"model\":\"third\",\"input\":\"Hello\"}";
              default -> "{\"model\":\"third\",\"prompt\":\"Hello\"}";
            };
        try (Socket socket = new Socket("127.0.0.1", port)) {
          socket
              .getOutputStream()
              .write(
                  ("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                          + "Content-Length: %d\r\n\r\n%s")
                      .formatted(path, asked.length(), asked)
                      .getBytes(StandardCharsets.US_ASCII));
          awaitWaiting(1);
          if (killed) {
            socket.setSoLinger(true, 0);
          }
        }
        awaitWaiting(0);
      }
      assertThat(running).isNotNull();
    }
    awaitIdle("third");
  }

  /// What a client sends ahead, before it has its answer, is no sign that it left.
  @Test
  void aClientThatSendsItsNextRequestAheadGetsBothAnswers() throws Exception {
    String asked = toThird();
    String request =
        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(CHAT, asked.length(), asked);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      Generation running = inThePlace();
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      awaitWaiting(1);
      String ahead = "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(ahead.substring(0, 1).getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(1_200); // two looks at the connection at least
      socket.getOutputStream().write(ahead.substring(1).getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(600);
      assertThat(waiting()).isEqualTo(1);
      running.close();
      String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(replies.split("HTTP/1.1 200", -1)).as(replies).hasSize(3);
      assertThat(replies).contains("chat.completion", "\"noise\"");
    }
    awaitIdle("third");
  }

  private Generation third(String tenant) throws Exception {
    int before = waiting();
    Generation waits = models.with("third").generate(endless(tenant));
    awaitWaiting(before + 1);
    return waits;
  }

  private static String toThird() {
    return body("").replace("noise", "third").replace('\'', '"');
  }

  /// What the model would write by itself is written here by a grammar, two calls with words around
  /// them.
  @Test
  void aModelThatMayCallFunctionsCallsAsManyAsItMay() throws Exception {
    String call = "<tool_call>\n{\"name\": \"%s\", \"arguments\": %s}\n</tool_call>";
    String said =
        "I look. "
            + call.formatted("weather", "{\"city\": \"Paris\"}")
            + call.formatted("time", "{}");
    JsonMapper json = JsonMapper.shared();
    String grammar = "root ::= " + json.writeValueAsString(said);
    String two =
        body("," + TOOLS + ",'tool_choice':'auto','response_format':{'type':'grammar','grammar':0}")
            .replace(":24", ":400")
            .replace('\'', '"')
            .replace("\"grammar\":0", "\"grammar\":" + json.writeValueAsString(grammar));
    for (boolean parallel : new boolean[] {true, false}) {
      String body = two.replace("\"seed\"", "\"parallel_tool_calls\":" + parallel + ",\"seed\"");
      JsonNode reply = post(CHAT, body);
      JsonNode message = choice(reply).path("message");
      List<String> names =
          message
              .path("tool_calls")
              .valueStream()
              .map(one -> one.path("function").path("name").asString())
              .toList();
      assertThat(names).isEqualTo(parallel ? List.of("weather", "time") : List.of("weather"));
      assertThat(message.path("tool_calls").path(0).path("function").path("arguments").asString())
          .isEqualTo("{\"city\":\"Paris\"}");
      assertThat(message.path("content").asString().strip()).isEqualTo("I look.");
      assertThat(choice(reply).path("finish_reason").asString()).isEqualTo("tool_calls");
      List<JsonNode> events = stream(CHAT, body.replace("\"seed\"", "\"stream\":true,\"seed\""));
      List<JsonNode> calls =
          events.stream()
              .flatMap(event -> choice(event).path("delta").path("tool_calls").valueStream())
              .toList();
      assertThat(calls.stream().map(one -> one.path("function").path("name").asString()).toList())
          .isEqualTo(names);
      assertThat(calls.stream().map(one -> one.path("index").asInt()).toList())
          .isEqualTo(parallel ? List.of(0, 1) : List.of(0));
      assertThat(choice(events.getLast()).path("finish_reason").asString()).isEqualTo("tool_calls");
    }
    awaitIdle("noise");
  }

  /// The folder of the tier is made when the engine opens, and belongs to the data.
  @Test
  void theTierIsMadeWhereTheDataLie() throws Exception {
    post(CHAT, body(""));
    assertThat(models.tierFolder()).isDirectory();
  }
}
