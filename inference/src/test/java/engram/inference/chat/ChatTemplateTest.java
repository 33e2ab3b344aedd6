package engram.inference.chat;

import static engram.inference.chat.FamilyTemplates.GEMMA;
import static engram.inference.chat.FamilyTemplates.LLAMA3;
import static engram.inference.chat.FamilyTemplates.MISTRAL;
import static engram.inference.chat.FamilyTemplates.PHI3;
import static engram.inference.chat.FamilyTemplates.QWEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.chat.jinja.TemplateException;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// The families' templates ([FamilyTemplates]); what they must give is written down by hand from
/// the formats that the families publish.
class ChatTemplateTest {
  private static final List<ChatMessage> DIALOGUE =
      List.of(
          ChatMessage.system("Be brief."),
          ChatMessage.user("Hi"),
          ChatMessage.assistant("Hello!"),
          ChatMessage.user("Weather in Paris?"));
  private static final Tool WEATHER = weather();

  @Test
  void llama3() {
    assertThat(prompt(LLAMA3, DIALOGUE, List.of()))
        .isEqualTo(
            "<s><|start_header_id|>system<|end_header_id|>\n\n"
                + "Cutting Knowledge Date: December 2023\nToday Date: 02 Jan 2026\n\n"
                + "Be brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|>"
                + "<|start_header_id|>user<|end_header_id|>\n\nWeather in Paris?<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n");
    assertThat(of(LLAMA3).toolCalls()).isEqualTo(ToolCallForm.LLAMA);
  }

  @Test
  void llama3WithToolsAndACallOfOne() {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("Weather in Paris?"),
            ChatMessage.calling("", List.of(call("c1"))),
            ChatMessage.result("c1", "weather", "20°"));
    assertThat(prompt(LLAMA3, messages, List.of(WEATHER)))
        .endsWith(
            """
            {"name": function name, "parameters": dictionary}.

            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Tells the weather",
                    "parameters": {
                        "type": "object",
                        "properties": {
                            "city": {
                                "type": "string"
                            }
                        }
                    }
                }
            }

            Weather in Paris?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            {"name": "weather", "parameters": {"city": "Paris"}}<|eot_id|>\
            <|start_header_id|>ipython<|end_header_id|>

            "20°"<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            """);
  }

  @Test
  void qwen() {
    assertThat(prompt(QWEN, DIALOGUE, List.of()))
        .isEqualTo(
            """
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            Hi<|im_end|>
            <|im_start|>assistant
            Hello!<|im_end|>
            <|im_start|>user
            Weather in Paris?<|im_end|>
            <|im_start|>assistant
            """);
    assertThat(of(QWEN).toolCalls()).isEqualTo(ToolCallForm.HERMES);
  }

  @Test
  void qwenWithToolsThoughtsAndSeveralResults() {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("Compare."),
            ChatMessage.calling(
                "<think>\nHm.\n</think>\n\nLooking.", List.of(call("c1"), call("c2"))),
            ChatMessage.result("c1", "weather", "20"),
            ChatMessage.result("c2", "weather", "21"));
    String rendered =
        of(QWEN)
            .render(
                messages,
                List.of(WEATHER),
                true,
                Map.of("enable_thinking", false),
                UnaryOperator.identity());
    assertThat(rendered)
        .isEqualTo(
            """
            <|im_start|>system
            # Tools

            Call functions with <tool_call></tool_call>.

            <tools>
            {"type": "function", "function": {"name": "weather", "description": "Tells the weather", \
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
            </tools><|im_end|>
            <|im_start|>user
            Compare.<|im_end|>
            <|im_start|>assistant
            <think>
            Hm.
            </think>

            Looking.
            <tool_call>
            {"name": "weather", "arguments": {"city": "Paris"}}
            </tool_call>
            <tool_call>
            {"name": "weather", "arguments": {"city": "Paris"}}
            </tool_call><|im_end|>
            <|im_start|>user
            <tool_response>
            20
            </tool_response>
            <tool_response>
            21
            </tool_response><|im_end|>
            <|im_start|>assistant
            <think>

            </think>

            """);
  }

  @Test
  void mistral() {
    assertThat(prompt(MISTRAL, DIALOGUE, List.of()))
        .isEqualTo("<s>[INST]Hi[/INST]Hello!</s>[INST]Be brief.\n\nWeather in Paris?[/INST]");
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("Weather?"),
            ChatMessage.calling("", List.of(call("abcdefghi"))),
            ChatMessage.result("abcdefghi", "weather", "20"));
    assertThat(prompt(MISTRAL, messages, List.of(WEATHER)))
        .isEqualTo(
            "<s>[AVAILABLE_TOOLS][{\"type\": \"function\", \"function\": {\"name\": \"weather\","
                + " \"description\": \"Tells the weather\", \"parameters\": {\"type\": \"object\","
                + " \"properties\": {\"city\": {\"type\": \"string\"}}}}}][/AVAILABLE_TOOLS]"
                + "[INST]Weather?[/INST][TOOL_CALLS][{\"name\": \"weather\", \"arguments\":"
                + " {\"city\": \"Paris\"}, \"id\": \"abcdefghi\"}]</s>"
                + "[TOOL_RESULTS]{\"content\": 20, \"call_id\": \"abcdefghi\"}[/TOOL_RESULTS]");
    assertThatThrownBy(() ->
            prompt(MISTRAL, List.of(ChatMessage.calling("", List.of(call("short")))), List.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("length 9");
    assertThat(of(MISTRAL).toolCalls()).isEqualTo(ToolCallForm.MISTRAL);
  }

  @Test
  void gemmaGetsTheSystemMessageWithTheFirstQuestion() {
    assertThat(prompt(GEMMA, DIALOGUE, List.of()))
        .isEqualTo(
            """
            <s><start_of_turn>user
            Be brief.

            Hi<end_of_turn>
            <start_of_turn>model
            Hello!<end_of_turn>
            <start_of_turn>user
            Weather in Paris?<end_of_turn>
            <start_of_turn>model
            """);
    assertThatThrownBy(
            () -> prompt(GEMMA, List.of(ChatMessage.user("a"), ChatMessage.user("b")), List.of()))
        .hasMessageContaining("Roles must alternate");
  }

  @Test
  void phi3AndChatMl() {
    assertThat(prompt(PHI3, DIALOGUE.subList(0, 2), List.of()))
        .isEqualTo("<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n");
    assertThat(
            ChatTemplate.chatMl()
                .prompt(DIALOGUE.subList(0, 2), List.of(), UnaryOperator.identity()))
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                + "<|im_start|>assistant\n");
  }

  @Test
  void everyTextThatIsNotTheTemplatesOwnIsGuarded() {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("Compare."),
            ChatMessage.calling("x", List.of(call("c1"))),
            ChatMessage.result("c1", "weather", "20"));
    String guarded =
        of(QWEN).prompt(messages, List.of(WEATHER), text -> text.replaceAll("[A-Za-z0-9]+", "G"));
    assertThat(guarded)
        .doesNotContain("Compare")
        .doesNotContain("weather")
        .doesNotContain("Paris")
        .doesNotContain("20")
        .contains("<|im_start|>user\nG.<|im_end|>");
  }

  private static ChatTemplate of(String source) {
    return ChatTemplate.of(source, "<s>", "</s>", () -> LocalDateTime.of(2026, 1, 2, 3, 4));
  }

  private static String prompt(String source, List<ChatMessage> messages, List<Tool> tools) {
    return of(source).prompt(messages, tools, UnaryOperator.identity());
  }

  private static ToolCall call(String id) {
    return new ToolCall(id, "weather", Map.of("city", "Paris"));
  }

  private static Tool weather() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", Map.of("city", Map.of("type", "string")));
    return new Tool("weather", "Tells the weather", schema);
  }
}
