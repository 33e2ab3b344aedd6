package engram.api.openai.embeddings;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import engram.api.openai.RequestProblem;
import engram.api.openai.TokenEstimate;
import engram.api.openai.models.ModelNames;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@Requires(Verb.CHAT)
class EmbeddingsController {
  private static final int INPUTS_MAX = 2_048;
  private static final int INPUT_CHARS_MAX = 100_000;
  private static final int CHARS_MAX = 2_000_000;

  private final ModelNames names;
  private final Budgets budgets;

  EmbeddingsController(ModelNames names, Budgets budgets) {
    this.names = names;
    this.budgets = budgets;
  }

  record Body(
      @Nullable JsonNode input,
      @Nullable String model,
      @Nullable String encodingFormat,
      @Nullable Integer dimensions) {}

  record Reply(String object, List<Item> data, String model, Tokens usage) {}

  /// @param embedding numbers, or little-endian 32-bit floats in base64
  record Item(String object, int index, Object embedding) {}

  record Tokens(long promptTokens, long totalTokens) {}

  @PostMapping("/v1/embeddings")
  Reply embed(Caller caller, @RequestBody Body body) {
    EmbeddingModel model = names.embedding(body.model());
    boolean base64 = base64(body.encodingFormat());
    Integer dimensions = body.dimensions();
    if (dimensions != null && dimensions < 1) {
      throw RequestProblem.invalid("dimensions", "'dimensions' is at least 1.");
    }
    List<String> inputs = inputs(body.input());
    EmbeddingResponse response = call(model, new EmbeddingRequest(inputs, options(dimensions)));
    // Before the vectors are looked at: the model has worked for them either way.
    long prompt = promptTokens(response, inputs);
    budgets.spendTokens(caller, prompt);
    List<Item> items = new ArrayList<>();
    for (Embedding one : response.getResults()) {
      float[] vector = one.getOutput();
      if (dimensions != null && vector.length != dimensions) {
        throw RequestProblem.invalid(
            "dimensions", "The model makes vectors of " + vector.length + " dimensions only.");
      }
      items.add(new Item("embedding", items.size(), base64 ? base64(vector) : vector));
    }
    return new Reply("list", items, String.valueOf(body.model()), new Tokens(prompt, prompt));
  }

  private static EmbeddingResponse call(EmbeddingModel model, EmbeddingRequest request) {
    try {
      return model.call(request);
    } catch (RuntimeException e) {
      throw ModelException.of(e, "engram.embedding");
    }
  }

  /// Estimated where the server does not count.
  private static long promptTokens(EmbeddingResponse response, List<String> inputs) {
    Usage usage = response.getMetadata().getUsage();
    Integer counted = usage == null ? null : usage.getPromptTokens();
    return counted == null || counted == 0
        ? inputs.stream().mapToLong(TokenEstimate::of).sum()
        : counted;
  }

  private static EmbeddingOptions options(@Nullable Integer dimensions) {
    EmbeddingOptions.Builder options = EmbeddingOptions.builder();
    if (dimensions != null) {
      options.dimensions(dimensions);
    }
    return options.build();
  }

  private static boolean base64(@Nullable String format) {
    return switch (format == null ? "float" : format) {
      case "float" -> false;
      case "base64" -> true;
      default ->
          throw RequestProblem.invalid(
              "encoding_format", "'encoding_format' is 'float' or 'base64'.");
    };
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private List<String> inputs(@Nullable JsonNode input) {
    if (input == null || input.isNull()) {
      throw RequestProblem.missing("input");
    }
    List<String> texts = new ArrayList<>();
    if (input.isString()) {
      texts.add(input.stringValue());
    } else if (input.isArray() && !input.isEmpty() && input.get(0).isIntegralNumber()) {
      texts.add(decode(input));
    } else if (input.isArray() && input.size() <= INPUTS_MAX) {
      for (JsonNode one : input) {
        texts.add(one.isString() ? one.stringValue() : decode(one));
      }
    }
    long chars = 0;
    for (String text : texts) {
      chars += text.length();
      if (text.isEmpty() || text.length() > INPUT_CHARS_MAX || chars > CHARS_MAX) {
        throw RequestProblem.invalid(
            "input",
            "Each input has 1 to "
                + INPUT_CHARS_MAX
                + " characters, and all together at most "
                + CHARS_MAX
                + ".");
      }
    }
    if (texts.isEmpty()) {
      throw RequestProblem.invalid(
          "input", "'input' is a string, an array of 1 to " + INPUTS_MAX + " strings, or tokens.");
    }
    return texts;
  }

  /// Loading takes a fraction of a second, so not before tokens come.
  private static final class Vocabulary {
    static final Encoding TOKENS =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
  }

  /// Clients that send tokens cut their text by OpenAI's tokenizer `cl100k_base`, whatever the
  /// model.
  private String decode(JsonNode ids) {
    IntArrayList list = new IntArrayList();
    for (JsonNode id : ids) {
      if (!id.isInt()) {
        throw RequestProblem.invalid("input", "Tokens are whole numbers.");
      }
      list.add(id.intValue());
    }
    try {
      return Vocabulary.TOKENS.decode(list);
    } catch (IllegalArgumentException e) {
      throw RequestProblem.invalid("input", "The tokens are not of the encoding cl100k_base.");
    }
  }
}
