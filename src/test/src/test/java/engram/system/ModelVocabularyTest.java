package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import engram.system.StubModelServer.Script;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A model whose name tells nothing is shown exactly as many tokens as its vocabulary's file says;
/// held against another reader of the same vocabulary.
class ModelVocabularyTest {
  private static final Pattern BLOCK =
      Pattern.compile("Passage \\d+:\\n<passage-\\w+>.*?</passage-\\w+>\\n\\n", Pattern.DOTALL);
  private static final Encoding ORACLE =
      Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);

  @TempDir Path folder;

  @Test
  void theBudgetIsCountedByTheVocabularyThatIsNamed() throws Exception {
    Path vocabulary = PublicData.require("tok-tiktoken").resolve("cl100k_base.tiktoken");
    try (StubModelServer model = new StubModelServer()) {
      List<String> settings = new ArrayList<>(model.settings());
      settings.add("--engram.chat.tokenizer=" + vocabulary);
      try (RunningServer server =
          RunningServer.start(Files.createDirectory(folder.resolve("data")), List.of(), settings)) {
        Api api = server.admin();
        String collection = api.createCollection("coast");
        for (int number = 0; number < 12; number++) {
          api.putDocument(collection, "lighthouse-" + number + ".txt", text(number));
        }
        List<Integer> shown = new ArrayList<>();
        for (int budget : List.of(200, 333, 500, 777)) {
          model.chats(new Script.Says("It was built by Agnes Marlow [1]."));
          JsonNode answer =
              api.post(
                  "/api/ask",
                  Map.of(
                      "question",
                      "Who built the lighthouse of Kestrel Point?",
                      "collections",
                      List.of(collection),
                      "budget_tokens",
                      budget));
          JsonNode context = answer.path("context");
          assertThat(context.path("tokenizer").asString()).isEqualTo("cl100k_base.tiktoken");
          String blocks = blocks(model.requests().getLast());
          assertThat(context.path("tokens").asInt())
              .as("tokens of what was sent, %s", blocks)
              .isEqualTo(ORACLE.countTokensOrdinary(blocks))
              .isLessThanOrEqualTo(budget);
          shown.add(context.path("chunk_ids").size());
        }
        assertThat(shown).as("more fits into more").isSorted();
        assertThat(shown.getFirst()).isPositive().isLessThan(shown.getLast());
      }
    }
  }

  /// Each says something else: what says the same is shown once.
  private static String text(int number) {
    String[] builders = {"Agnes Marlow", "Otto Finn", "Ōta Jirō", "Zoë Ødegård"};
    return """
    The lighthouse of Kestrel Point was built in %d by %s, keeper number %d; 灯台は%d年に建てられた.
    Its lamp no. %d cost £%d,%03d and can be seen from %d nautical miles in weather of force %d.
    """
        .formatted(
            1_800 + 7 * number,
            builders[number % builders.length],
            number * 31,
            1_900 + number,
            number * number,
            number + 2,
            number * 71,
            9 + number,
            number)
        .repeat(1 + number % 3);
  }

  private static String blocks(JsonNode request) {
    StringBuilder blocks = new StringBuilder();
    for (JsonNode message : request.path("messages")) {
      Matcher block = BLOCK.matcher(message.path("content").asString());
      while (block.find()) {
        blocks.append(block.group());
      }
    }
    return blocks.toString();
  }
}
