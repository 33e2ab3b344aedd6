package engram.api.openai.local;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.chat.ChatMessage;
import engram.inference.chat.ToolCall;
import engram.memory.Role;
import engram.memory.Turns.Line;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RememberedChatTest {
  private static final ChatMessage RULE = ChatMessage.system("Be brief.");
  private static final ChatMessage QUESTION = ChatMessage.user("Weather?");
  private static final List<ChatMessage> STEPS =
      List.of(
          ChatMessage.calling("I look.", List.of(new ToolCall("c1", "weather", Map.of()))),
          ChatMessage.result("c1", "weather", "sunny"));

  private static LocalModels.Chat chat(List<ChatMessage> messages) {
    return new LocalModels.Chat(messages, ToolSet.read(null, null, null), Map.of());
  }

  @Test
  void stepsToAnAnswerAreNoNewTurn() {
    List<ChatMessage> all = new java.util.ArrayList<>(List.of(RULE, QUESTION));
    List<Line> asked = chat(all).remembered();
    assertThat(asked)
        .containsExactly(new Line(Role.SYSTEM, "Be brief."), new Line(Role.USER, "Weather?"));
    all.addAll(STEPS);
    assertThat(chat(all).remembered()).isEqualTo(asked);
    all.add(ChatMessage.assistant("Sunny."));
    assertThat(chat(all).remembered()).endsWith(new Line(Role.ASSISTANT, "Sunny."));
  }

  @Test
  void notesStandWithTheApplicationsInstructionsInOneSystemMessage() {
    assertThat(chat(List.of(RULE, QUESTION)).withNotes("notes").messages())
        .containsExactly(ChatMessage.system("Be brief.\n\nnotes"), QUESTION);
    assertThat(chat(List.of(QUESTION)).withNotes("notes").messages())
        .containsExactly(ChatMessage.system("notes"), QUESTION);
    LocalModels.Chat plain = chat(List.of(QUESTION));
    assertThat(plain.withNotes("")).isSameAs(plain);
  }
}
