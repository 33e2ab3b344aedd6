package engram.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Outputs that keep to a form: schemas, grammars, calls of functions.
class LocalToolsTest extends LocalChat {
  private static final String TOOLS =
      """
      'tools':[{'type':'function','function':{'name':'weather','parameters':{'type':'object',\
      'properties':{'city':{'enum':['Paris','Rome']}},'required':['city'],\
      'additionalProperties':false}}},{'type':'function','function':{'name':'time'}}]\
      """;

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
}
