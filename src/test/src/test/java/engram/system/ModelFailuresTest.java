package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.errors.InternalServerException;
import engram.system.StubModelServer.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What callers see when the model server is slow, broken or breaks off.
class ModelFailuresTest {
  private static final ModelWorld WORLD = ModelWorld.shared();

  @BeforeEach
  void behave() {
    WORLD.behave();
  }

  @Test
  void aModelThatFailsIsToldWithAStableCode() {
    WORLD.model.chats(new Script.Fails(500));
    assertAskFails(502, "model_failed");
    assertChatFails("model_failed", WORLD.grounded());
    assertChatFails("model_failed", StubModelServer.CHAT_MODEL);
    assertResponseFails("model_failed");
  }

  @Test
  void aModelThatIsSlowIsToldWithAStableCode() {
    WORLD.model.chats(
        new Script.Dawdles(ModelWorld.PATIENCE_OF_SERVER.multipliedBy(10), ModelWorld.TRUE_ANSWER));
    assertAskFails(504, "model_timeout");
    assertFails(
        504,
        "model_timeout",
        () -> WORLD.client.chat().completions().create(WORLD.chat(WORLD.grounded())));
  }

  @Test
  void whatAModelRefusesForTheRequestsSakeIsTheCallersToMend() {
    WORLD.model.chats(new Script.Fails(400, "The context is too long."));
    assertAskFails(400, "model_refused_request");
    assertThatThrownBy(() -> WORLD.ask()).hasMessageContaining("The context is too long.");
    WORLD.model.chats(new Script.Fails(429));
    assertAskFails(429, "model_rate_limited");
  }

  @Test
  void aModelThatBreaksOffNeverPassesForAnAnswer() {
    WORLD.model.chats(
        new Script.BreaksOff("The lighthouse was built in 1874 by Agnes Marlow [1]. Its"));
    assertAskFails(503, "model_unreachable");
    assertChatFails("model_unreachable", WORLD.grounded());
    assertChatFails("model_unreachable", StubModelServer.CHAT_MODEL);
    assertResponseFails("model_unreachable");
  }

  @Test
  void aModelThatTrailsOffNeverPassesForAnAnswer() {
    WORLD.model.chats(
        new Script.TrailsOff("The lighthouse was built in 1874 by Agnes Marlow [1]. Its"));
    assertThat(WORLD.askEvents().keySet()).endsWith("error");
    assertAskFails(503, "model_unreachable");
    assertThatThrownBy(() -> WORLD.chatStream(StubModelServer.CHAT_MODEL))
        .hasMessageContaining("could not be reached");
  }

  private static void assertAskFails(int status, String code) {
    assertThatThrownBy(() -> WORLD.ask())
        .isInstanceOfSatisfying(
            Api.Failed.class,
            failed -> {
              assertThat(failed.reply().status()).as(failed.getMessage()).isEqualTo(status);
              assertThat(failed.reply().json().path("code").asString()).isEqualTo(code);
            })
        .message()
        .doesNotContain(StubModelServer.SECRET, "xception");
    Map<String, List<JsonNode>> events = WORLD.askEvents();
    assertThat(events.keySet()).doesNotContain("answer").endsWith("error");
    assertThat(events.get("error").getFirst().path("code").asString()).isEqualTo(code);
    assertThat(events.toString()).doesNotContain(StubModelServer.SECRET, "xception");
  }

  private static void assertChatFails(String code, String modelName) {
    var whole =
        catchThrowableOfType(
            InternalServerException.class,
            () -> WORLD.client.chat().completions().create(WORLD.chat(modelName)));
    assertThat(whole.code()).contains(code);
    assertThatThrownBy(() -> WORLD.chatStream(modelName))
        .message()
        .doesNotContain(StubModelServer.SECRET, "xception");
  }

  private static void assertResponseFails(String code) {
    var whole =
        catchThrowableOfType(
            InternalServerException.class, () -> WORLD.client.responses().create(WORLD.response()));
    assertThat(whole.code()).contains(code);
    List<String> types = new ArrayList<>();
    try (var events = WORLD.client.responses().createStreaming(WORLD.response())) {
      events.stream()
          .forEach(event ->
              types.add(event.isFailed() ? "failed" : event.isCompleted() ? "completed" : "other"));
    }
    assertThat(types).endsWith("failed").doesNotContain("completed");
  }

  private static void assertFails(
      int status, String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    InternalServerException failure = catchThrowableOfType(InternalServerException.class, call);
    assertThat(failure).as("a failure with status %d", status).isNotNull();
    assertThat(failure.statusCode()).isEqualTo(status);
    assertThat(failure.code()).contains(code);
    assertThat(failure.getMessage()).doesNotContain(StubModelServer.SECRET);
  }
}
