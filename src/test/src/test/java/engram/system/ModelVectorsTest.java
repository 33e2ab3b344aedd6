package engram.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Vectors of a model server: asked for by clients, used by searches, missing when it is broken.
class ModelVectorsTest {
  private static final ModelWorld WORLD = ModelWorld.shared();

  @BeforeEach
  void behave() {
    WORLD.behave();
  }

  @Test
  void embeddingsAreThoseOfTheModelServer() {
    List<String> texts = List.of("a lamp", "nineteen nautical miles");
    CreateEmbeddingResponse reply =
        WORLD
            .client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(StubModelServer.EMBEDDING_MODEL)
                    .inputOfArrayOfStrings(texts)
                    .build());
    assertThat(reply.data()).hasSize(2);
    for (int index = 0; index < texts.size(); index++) {
      assertThat(reply.data().get(index).index()).isEqualTo(index);
      assertThat(reply.data().get(index).embedding())
          .isEqualTo(floats(texts.get(index), StubModelServer.DIMENSIONS));
    }
    assertThat(reply.usage().promptTokens()).isEqualTo(5);

    CreateEmbeddingResponse shorter =
        WORLD
            .client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(StubModelServer.EMBEDDING_MODEL)
                    .input("a lamp")
                    .dimensions(8)
                    .encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                    .build());
    assertThat(shorter.data().getFirst().embedding()).isEqualTo(floats("a lamp", 8));
  }

  private static List<Float> floats(String text, int dimensions) {
    List<Float> floats = new ArrayList<>();
    for (float each : StubModelServer.vector(text, dimensions)) {
      floats.add(each);
    }
    return floats;
  }

  @Test
  void anotherModelNameOrABrokenModelServerIsToldWithAStableCode() {
    EmbeddingCreateParams.Builder asked = EmbeddingCreateParams.builder().input("a lamp");
    assertThatThrownBy(() -> WORLD.client.embeddings().create(asked.model("other").build()))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
    WORLD.model.embeds(false);
    assertFails(
        502,
        "model_failed",
        () ->
            WORLD.client.embeddings().create(asked.model(StubModelServer.EMBEDDING_MODEL).build()));
  }

  @Test
  void aSearchUsesVectorsAndSaysSoWhenItCannot() {
    JsonNode both = search("lamp distance");
    assertThat(both.path("notes")).isEmpty();
    assertThat(both.path("hits").path(0).path("explanation").toString()).contains("vector");
    WORLD.model.embeds(false);
    JsonNode words = search("lamp museum");
    assertThat(words.path("hits").path(0).path("explanation").toString()).doesNotContain("vector");
    assertThat(words.path("notes").toString())
        .contains("vector search is off: the embedding model failed")
        .doesNotContain(StubModelServer.SECRET);
    assertThat(words.path("hits").path(0).path("text").asString()).contains("museum");
  }

  private static JsonNode search(String query) {
    return WORLD.api.post(
        "/api/collections/" + WORLD.collection + "/search",
        Map.of("query", query, "explain", true));
  }

  @Test
  void aDocumentWaitsForABrokenEmbeddingModelAndIsThereAfterwards() {
    String other = WORLD.api.createCollection("later");
    WORLD.model.embeds(false);
    WORLD.api.put(
        "/api/collections/" + other + "/documents/later.txt",
        "text/plain",
        "The ferry to Gullholm leaves at noon.".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    WORLD.model.embeds(true);
    assertThat(
            WORLD
                .api
                .awaitIngested(other, Duration.ofMinutes(2))
                .path("file_counts")
                .path("completed")
                .asInt())
        .isOne();
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
