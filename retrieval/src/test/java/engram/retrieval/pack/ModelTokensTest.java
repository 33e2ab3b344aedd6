package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import engram.retrieval.parse.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelTokensTest {
  private static final int PIECE_CHARS = 1_500;

  @ParameterizedTest
  @CsvSource({
    "gpt-4o, o200k_base",
    "openai/gpt-4.1-mini, o200k_base",
    "gpt-5, o200k_base",
    "o3-mini, o200k_base",
    "gpt-4-turbo, cl100k_base",
    "gpt-3.5-turbo-0125, cl100k_base",
    "text-davinci-003, p50k_base",
    "qwen3:8b, estimate",
    "orca-mini, estimate"
  })
  void aModelIsCountedByItsVocabulary(String model, String vocabulary) {
    assertThat(ModelTokens.of(model).vocabulary()).isEqualTo(vocabulary);
  }

  @Test
  void knownVocabulariesCountAsTheirPublishedEncodingsDo() throws IOException {
    Path folder = SharedData.folder("tok-tiktoken");
    String text = "Hello, world! 世界 <|endoftext|>";
    assertThat(ModelTokens.of("gpt-4").count().applyAsInt("hello world")).isEqualTo(2);
    assertThat(ModelTokens.of("gpt-4").count().applyAsInt(text)).isGreaterThan(8);
    int rows = 0;
    for (String row : Files.readAllLines(folder.resolve("cl100k_base_encodings.csv"))) {
      // input, "[ids]", …: only rows whose input is plain
      int quote = row.indexOf(",\"[");
      if (quote > 0 && row.charAt(0) != '"') {
        int ids = row.substring(quote, row.indexOf(']', quote)).split(",").length - 1;
        assertThat(ModelTokens.of("gpt-4").count().applyAsInt(row.substring(0, quote)))
            .as(row)
            .isEqualTo(ids);
        rows++;
      }
    }
    assertThat(rows).isPositive();
  }

  @Test
  void theEstimateIsBelowNoVocabularyThatCouldBeMeasured() throws IOException {
    Map<String, ToIntFunction<String>> vocabularies = new LinkedHashMap<>();
    for (EncodingType type :
        List.of(EncodingType.R50K_BASE, EncodingType.CL100K_BASE, EncodingType.O200K_BASE)) {
      Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(type);
      vocabularies.put(type.getName(), encoding::countTokensOrdinary);
    }
    vocabularies.put(
        "phi-3",
        new SentencePieceCount(
            SharedData.folder("tok-gguf-vocab").resolve("ggml-vocab-phi-3.gguf")));
    double ratios = 0;
    List<String> texts = texts();
    for (String text : texts) {
      int estimate = ModelTokens.of("unknown").count().applyAsInt(text);
      int most = 1;
      for (Map.Entry<String, ToIntFunction<String>> each : vocabularies.entrySet()) {
        int count = each.getValue().applyAsInt(text);
        assertThat(estimate).as(each.getKey() + ": " + text).isGreaterThanOrEqualTo(count);
        most = Math.max(most, count);
      }
      ratios += (double) estimate / most;
    }
    System.out.printf(
        "%d texts: never below, on the mean %.2f of the largest count%n",
        texts.size(), ratios / texts.size());
    assertThat(ratios / texts.size()).isLessThan(1.5);
  }

  @Test
  void thePhi3CountsAreThoseOfItsReference() throws IOException {
    Path folder = SharedData.folder("tok-gguf-vocab");
    SentencePieceCount phi3 = new SentencePieceCount(folder.resolve("ggml-vocab-phi-3.gguf"));
    String[] inputs =
        Files.readString(folder.resolve("ggml-vocab-phi-3.gguf.inp"))
            .split("\n__ggml_vocab_test__\n", -1);
    String[] expected =
        Files.readString(folder.resolve("ggml-vocab-phi-3.gguf.out")).split("\n", -1);
    for (int index = 0; index < inputs.length; index++) {
      String ids = expected[index].strip();
      assertThat(phi3.applyAsInt(inputs[index]))
          .as(inputs[index])
          .isEqualTo(ids.isEmpty() ? 0 : ids.split(" +").length);
    }
  }

  private static List<String> texts() throws IOException {
    List<String> texts = new ArrayList<>();
    Path xquad = SharedData.folder("qa-xquad");
    for (String language : List.of("en", "es", "de", "el", "ru", "tr", "ar", "vi", "zh")) {
      Path file = xquad.resolve("xquad." + language + ".shared.json");
      for (JsonNode article : JsonMapper.shared().readTree(file.toFile()).get("data")) {
        article.get("paragraphs").forEach(each -> texts.add(each.get("context").asString()));
      }
    }
    Path bank = SharedData.folder("rag-tau2-banking");
    cut(Files.readString(bank.resolve("db.json")), texts);
    cut(Files.readString(bank.resolve("documents.jsonl")), texts);
    cut(Files.readString(Path.of("src/main/java/engram/retrieval/parse/PdfGrids.java")), texts);
    Path books = SharedData.folder("longtext-books");
    cut(Files.readString(books.resolve("a-christmas-carol.md")), texts);
    cut(Files.readString(books.resolve("wagahaiwa-nekodearu.ja.txt")).substring(0, 60_000), texts);
    return texts;
  }

  private static void cut(String text, List<String> texts) {
    for (int start = 0; start < text.length(); start += PIECE_CHARS) {
      texts.add(text.substring(start, Math.min(text.length(), start + PIECE_CHARS)));
    }
  }
}
