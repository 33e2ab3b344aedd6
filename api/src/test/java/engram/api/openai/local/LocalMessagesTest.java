package engram.api.openai.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.chat.ChatMessage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class LocalMessagesTest {
  private static List<ChatMessage> read(String arguments) {
    String message =
        """
        {"role": "assistant", "content": null, "tool_calls": [
         {"id": "c1", "type": "function", "function": {"name": "weather"%s}}]}\
        """
            .formatted(arguments.isEmpty() ? "" : ", \"arguments\": " + arguments);
    return LocalMessages.read(List.of(JsonMapper.shared().readTree(message)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"{\\\"city\\\": \\\"Paris\\\"}\"|Paris",
        "{\"city\": \"Paris\"}|Paris",
        "\"\"|``",
        "null|``",
        "``|``"
      })
  void aCallsArgumentsAreAnObjectOrItsText(String arguments, String city) {
    assertThat(read(arguments).getFirst().calls().getFirst().arguments())
        .isEqualTo(city.isEmpty() ? Map.of() : Map.of("city", city));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "[]", "\"[1]\"", "\"city\"", "true"})
  void argumentsThatAreNoObjectAreRefusedAtTheirPlace(String arguments) {
    assertThatThrownBy(() -> read(arguments))
        .hasMessageContaining("The arguments of a call are an object");
  }
}
