package engram.inference.chat;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.chat.ToolCallReader.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ToolCallReaderTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static final String HERMES =
      "Let me look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n"
          + "</tool_call>\n<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call> done";
  private static final String LLAMA =
      "<|python_tag|>{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\"}}; "
          + "{\"name\": \"time\", \"parameters\": {}}";
  private static final String MISTRAL =
      "Sure. [TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"},"
          + " \"id\": \"abcdefghi\"}, {\"name\": \"time\", \"arguments\": {}}]";

  @Test
  void callsOfQwenAndHermesAreFoundBetweenText() {
    List<Part> parts = whole(ToolCallForm.HERMES, HERMES);
    assertThat(parts)
        .containsExactly(
            new Part.Text("Let me look.\n"),
            new Part.Call(new ToolCall("call_1", "weather", Map.of("city", "Paris"))),
            new Part.Call(new ToolCall("call_2", "time", Map.of())),
            new Part.Text(" done"));
  }

  @Test
  void callsOfLlamaAreWholeMessages() {
    assertThat(whole(ToolCallForm.LLAMA, LLAMA))
        .containsExactly(
            new Part.Call(new ToolCall("call_1", "weather", Map.of("city", "Paris"))),
            new Part.Call(new ToolCall("call_2", "time", Map.of())));
    assertThat(whole(ToolCallForm.LLAMA, "{\"name\": \"f\", \"parameters\": {\"x\": 1}}"))
        .containsExactly(new Part.Call(new ToolCall("call_1", "f", Map.of("x", 1))));
  }

  @Test
  void callsOfMistralAreAnArrayOrNamesWithArguments() {
    assertThat(whole(ToolCallForm.MISTRAL, MISTRAL))
        .containsExactly(
            new Part.Text("Sure. "),
            new Part.Call(new ToolCall("abcdefghi", "weather", Map.of("city", "Paris"))),
            new Part.Call(new ToolCall("call_1", "time", Map.of())));
    String newer = "[TOOL_CALLS]weather[ARGS]{\"city\": \"Paris\"}[TOOL_CALLS]time[ARGS]{}";
    assertThat(whole(ToolCallForm.MISTRAL, newer))
        .containsExactly(
            new Part.Call(new ToolCall("call_1", "weather", Map.of("city", "Paris"))),
            new Part.Call(new ToolCall("call_2", "time", Map.of())));
  }

  @Test
  void howAMessageIsCutChangesNothing() {
    Random random = new Random(SEED);
    for (ToolCallForm form : ToolCallForm.values()) {
      for (String text :
          List.of(HERMES, LLAMA, MISTRAL, "a < b, [TOOL x, {no json}", "{\"a\": 1")) {
        List<Part> expected = joined(whole(form, text));
        for (int round = 0; round < 40; round++) {
          ToolCallReader reader = reader(form);
          List<Part> parts = new ArrayList<>();
          for (int i = 0; i < text.length(); ) {
            int next = Math.min(text.length(), i + 1 + random.nextInt(9));
            parts.addAll(reader.push(text.substring(i, next)));
            i = next;
          }
          parts.addAll(reader.finish());
          assertThat(joined(parts)).as("-Dseed=%d, %s: %s", SEED, form, text).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void whatIsNoCallStaysText() {
    for (String text :
        List.of(
            "plain",
            "",
            "<tool_call>{broken</tool_call>",
            "<tool_call>{\"name\": 5}</tool_call>",
            "{\"answer\": 42}",
            "  {\"name\": \"x\", \"parameters\": [1]} tail",
            "[TOOL_CALLS] [1, 2]",
            "[TOOL_CALLS] nothing",
            "<tool_ca",
            "<|python_tag|>print(1)")) {
      for (ToolCallForm form : ToolCallForm.values()) {
        StringBuilder all = new StringBuilder();
        whole(form, text).forEach(part -> all.append(((Part.Text) part).text()));
        assertThat(all.toString()).as("%s", form).isEqualTo(text);
      }
    }
  }

  @Test
  void aClosingMarkWithinAnArgumentDoesNotCloseTheCall() {
    String text =
        "<tool_call>{\"name\": \"echo\", \"arguments\": {\"s\": \"</tool_call>\"}}</tool_call>";
    assertThat(whole(ToolCallForm.HERMES, text))
        .containsExactly(
            new Part.Call(new ToolCall("call_1", "echo", Map.of("s", "</tool_call>"))));
  }

  @Test
  void textIsGivenOutAsSoonAsItCanBeNoCall() {
    ToolCallReader reader = reader(ToolCallForm.HERMES);
    assertThat(reader.push("Hello <")).containsExactly(new Part.Text("Hello "));
    assertThat(reader.push("tool_")).isEmpty();
    assertThat(reader.push("box>")).containsExactly(new Part.Text("<tool_box>"));
  }

  private static List<Part> whole(ToolCallForm form, String text) {
    ToolCallReader reader = reader(form);
    List<Part> parts = new ArrayList<>(reader.push(text));
    parts.addAll(reader.finish());
    return joined(parts);
  }

  /// Neighbouring texts as one.
  private static List<Part> joined(List<Part> parts) {
    List<Part> joined = new ArrayList<>();
    for (Part part : parts) {
      if (part instanceof Part.Text(var text)
          && !joined.isEmpty()
          && joined.getLast() instanceof Part.Text(var before)) {
        joined.set(joined.size() - 1, new Part.Text(before + text));
      } else {
        joined.add(part);
      }
    }
    return joined;
  }

  private static ToolCallReader reader(ToolCallForm form) {
    AtomicInteger next = new AtomicInteger();
    return new ToolCallReader(form, () -> "call_" + next.incrementAndGet());
  }
}
