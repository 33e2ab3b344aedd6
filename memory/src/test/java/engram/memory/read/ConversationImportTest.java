package engram.memory.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.ConversationFormat;
import engram.memory.ConversationImport;
import engram.memory.ConversationImport.Imported;
import engram.memory.Event;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.retrieval.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ConversationImportTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();

  private final MemoryScope ann = MemoryScope.of(MEMORY.tenant(), "ann");
  private final ConversationImport imports = new StoredConversationImport(MEMORY.log);

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private Imported load(ConversationFormat format, String text) throws IOException {
    return imports.load(
        ann, format, "", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private List<Event> events() {
    return MEMORY.log.read(ann, 0, 100);
  }

  @Test
  void openAiMessagesKeepToolCallsTogetherAndTheirOwnTimes() throws IOException {
    String chat =
        """
        {"session": "chat-1", "messages": [
          {"role": "system", "content": "Be kind.", "created_at": 1709287200},
          {"role": "user", "content": [{"type": "text", "text": "Weather?"}],
            "created_at": "2024-03-01T10:00:05Z"},
          {"role": "assistant", "content": null, "created_at": 1709287206.5,
            "tool_calls": [{"id": "call_1", "function": {"name": "weather"}}]},
          {"role": "tool", "tool_call_id": "call_1", "content": "rain", "created_at": 1709287207}]}
        """;
    assertThat(load(ConversationFormat.OPENAI, chat)).isEqualTo(new Imported(4, 0, 1));
    assertThat(load(ConversationFormat.OPENAI, chat)).isEqualTo(new Imported(0, 4, 1));

    List<Event> events = events();
    assertThat(events).extracting(Event::session).containsOnly("chat-1");
    assertThat(events)
        .extracting(Event::role)
        .containsExactly(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL);
    assertThat(events.get(1).text()).isEqualTo("Weather?");
    assertThat(events.get(2).at()).isEqualTo(Instant.parse("2024-03-01T10:00:06.500Z"));
    assertThat(events.get(2).call()).isEqualTo(events.get(3).call()).isEqualTo("call_1");
  }

  private static String message(int number, String text) {
    return "{\"role\": \"user\", \"content\": \"%s\", \"created_at\": %d}"
        .formatted(text, 1_709_287_200 + number);
  }

  @Test
  void messagesMayComeBeforeTheNameOfTheirSession() throws IOException {
    String chat =
        "{\"model\": {\"any\": [1]}, \"messages\": [%s, %s], \"session\": \"chat-1\"}"
            .formatted(message(0, "hello"), message(1, "again"));
    assertThat(load(ConversationFormat.OPENAI, chat)).isEqualTo(new Imported(2, 0, 1));
    String sorted =
        "{\"session\": \"chat-1\", \"messages\": [%s, %s]}"
            .formatted(message(0, "hello"), message(1, "again"));
    assertThat(load(ConversationFormat.OPENAI, sorted)).isEqualTo(new Imported(0, 2, 1));
    assertThat(events()).extracting(Event::session).containsOnly("chat-1");
  }

  /// So no list is too long for memory: what was read is in the log while the rest is on its way.
  @Test
  void messagesAreKeptAsTheyComeNotWhenAllHaveCome() {
    StringBuilder begin = new StringBuilder("[");
    for (int number = 0; number < 600; number++) {
      begin.append(message(number, "turn " + number)).append(",\n");
    }
    InputStream broken =
        new SequenceInputStream(
            new ByteArrayInputStream(begin.toString().getBytes(StandardCharsets.UTF_8)),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("the sender went away");
              }
            });
    assertThatThrownBy(() -> imports.load(ann, ConversationFormat.OPENAI, "", broken))
        .hasMessageContaining("the sender went away");
    assertThat(MEMORY.log.count(ann)).isEqualTo(600);
  }

  @Test
  void noPieceOfAnInputIsHeldInMemoryThatIsTooLarge() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'a';
          }

          @Override
          public int read(byte[] buffer, int from, int length) {
            Arrays.fill(buffer, from, from + length, (byte) 'a');
            return length;
          }
        };
    assertThatThrownBy(() -> imports.load(ann, ConversationFormat.JSONL, "", endless))
        .hasMessage("line 1: it has more than 8388608 bytes");
    assertThatThrownBy(() ->
            imports.load(
                ann,
                ConversationFormat.OPENAI,
                "",
                new SequenceInputStream(
                    new ByteArrayInputStream(
                        ("[" + message(0, "hi") + ", {\"content\": \"")
                            .getBytes(StandardCharsets.UTF_8)),
                    endless)))
        .hasMessage("message 1: it has more than 8388608 bytes");
    assertThatThrownBy(() ->
            imports.load(
                ann,
                ConversationFormat.LOCOMO,
                "",
                new SequenceInputStream(
                    new ByteArrayInputStream("[{\"a\": \"".getBytes(StandardCharsets.UTF_8)),
                    endless)))
        .hasMessage("element 0: it has more than 33554432 bytes");
  }

  @Test
  void onlySoManyMessagesWaitForTheNameOfTheirSession() {
    String text = "x".repeat(1 << 20);
    StringBuilder chat = new StringBuilder("{\"messages\": [");
    for (int number = 0; number < 17; number++) {
      chat.append(number == 0 ? "" : ",").append(message(number, text));
    }
    chat.append("], \"session\": \"late\"}");
    assertThatThrownBy(() -> load(ConversationFormat.OPENAI, chat.toString()))
        .hasMessageContaining("'session' stands before 'messages' that have more than 16777216");
    assertThat(events()).isEmpty();
  }

  @Test
  void messagesThatAreNoListAreRefused() {
    for (String broken :
        List.of(
            "{\"messages\": {}}",
            "{\"session\": \"s\"}",
            "{\"messages\": [], \"messages\": []}",
            "{\"session\": \"a\", \"session\": \"b\", \"messages\": []}",
            "\"text\"",
            "[] []",
            "[",
            "")) {
      assertThatThrownBy(() -> load(ConversationFormat.OPENAI, broken))
          .as(broken)
          .isInstanceOf(RefusedException.class)
          .hasMessageStartingWith("the input: ");
    }
  }

  @Test
  void aMessageWithoutATimeIsRefusedNotDatedNow() {
    assertThatThrownBy(
            () -> load(ConversationFormat.OPENAI, "[{\"role\": \"user\", \"content\": \"hi\"}]"))
        .isInstanceOf(RefusedException.class)
        .hasMessage("message 0: there is no 'created_at': a message says when it was sent");
    assertThatThrownBy(() -> load(ConversationFormat.JSONL, "{\"session\":\"s\",\"text\":\"hi\"}"))
        .hasMessage("line 1: there is no 'at': an event says when it happened");
  }

  @Test
  void loCoMoTurnsCarryTheirSessionsDateAndTheCaptionsOfImages() throws IOException {
    String sample =
        """
        [{"sample_id": "conv-0", "conversation": {"speaker_a": "Ann", "speaker_b": "Bob",
          "session_1_date_time": "1:56 pm on 8 May, 2023",
          "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "Hello!"},
            {"speaker": "Bob", "dia_id": "D1:2", "text": "Look", "img_url": ["http://x"],
              "blip_caption": "a photo of a dog"}],
          "session_2_date_time": "10:00 AM on 1 June, 2023",
          "session_2": [{"speaker": "Ann", "dia_id": "D2:1", "text": "Nice"}]}, "qa": []}]
        """;
    assertThat(load(ConversationFormat.LOCOMO, sample)).isEqualTo(new Imported(3, 0, 2));
    assertThat(events())
        .extracting(Event::text)
        .containsExactly("Hello!", "Look [image: a photo of a dog]", "Nice");
    assertThat(events().get(1).at()).isEqualTo(Instant.parse("2023-05-08T13:56:00Z"));
    assertThat(events().get(1).attributes()).containsEntry("dia_id", "D1:2");
    assertThat(events().get(2).at()).isEqualTo(Instant.parse("2023-06-01T10:00:00Z"));
  }

  @Test
  void longMemEvalSessionsAreNumberedNotNamedAfterTheAnswer() throws IOException {
    String question =
        """
        [{"question_id": "q1", "haystack_session_ids": ["answer_1"],
          "haystack_dates": ["2023/05/20 (Sat) 02:21"],
          "haystack_sessions": [[{"role": "user", "content": "I got a cat", "has_answer": true},
            {"role": "assistant", "content": "Congratulations"}]]}]
        """;
    assertThat(load(ConversationFormat.LONGMEMEVAL, question)).isEqualTo(new Imported(2, 0, 1));
    assertThat(events()).extracting(Event::session).containsOnly("q1/0");
    assertThat(events().getFirst().at()).isEqualTo(Instant.parse("2023-05-20T02:21:00Z"));
  }

  @Test
  void aBrokenLineStopsThereAndWhatWasBeforeItStays() {
    String lines =
        """
        {"session":"s","at":"2024-03-01T10:00:00Z","text":"one","role":"user","key":"1"}
        {"session":"s","at":"yesterday","text":"two"}
        """;
    assertThatThrownBy(() -> load(ConversationFormat.JSONL, lines))
        .hasMessage("line 2: 'yesterday' is no ISO 8601 time with a zone");
    assertThat(events()).extracting(Event::text).containsExactly("one");
  }

  @Test
  void hostileInputIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> load(ConversationFormat.LOCOMO, "{\"a\": 1}"))
        .hasMessage("the input: it is not a list");
    assertThatThrownBy(() -> load(ConversationFormat.LOCOMO, "[{\"sample_id\": \"x\"}]"))
        .hasMessage("x: there is no 'conversation'");
    assertThatThrownBy(() -> load(ConversationFormat.LONGMEMEVAL, "[{\"haystack_sessions\": [[]]"))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> load(ConversationFormat.JSONL, "not json"))
        .hasMessageStartingWith("line 1: it is no JSON");
    assertThatThrownBy(() ->
            load(
                ConversationFormat.JSONL,
                "{\"session\":\"s\",\"at\":1,\"text\":\"x\",\"role\":\"king\"}"))
        .hasMessage("line 1: role 'king' is none of user, assistant, system, tool, recalled");
  }
}
