package engram.inference.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TiktokenFileTest {
  @ParameterizedTest
  @CsvSource({
    "cl100k, cl100k_base, cl100k_base_encodings.csv",
    "cl100k, cl100k_base, base_prompts.csv",
    "r50k, r50k_base, r50k_base_encodings.csv"
  })
  void textsGetTheIdsThatTheFilesExpect(String family, String file, String encodings) {
    Tokenizer tokenizer = TokenizerData.tiktoken(family, file);
    List<List<String>> rows = csv(TokenizerData.read("tok-tiktoken", encodings));
    assertThat(rows.size()).isGreaterThan(50);
    for (List<String> row : rows.subList(1, rows.size())) {
      int[] ids = tokenizer.encode(row.get(0), false, false);
      assertThat(ids).as(row.get(0)).isEqualTo(TokenizerData.ids(row.get(1)));
      assertThat(tokenizer.decode(ids, false)).isEqualTo(row.get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cl100k", "o200k", "qwen2", "deepseek-v3", "tekken", "default"})
  void nothingIsLostHoweverTextsAreSplit(String family) {
    Tokenizer tokenizer = TokenizerData.tiktoken(family, "r50k_base");
    Random random = new Random(TokenizerData.SEED);
    for (int round = 0; round < 100; round++) {
      String text = TokenizerData.randomText(random, 1 + random.nextInt(40));
      assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false))
          .as("-Dseed=%d, round %d", TokenizerData.SEED, round)
          .isEqualTo(text);
    }
  }

  @Test
  void unpairedSurrogatesAreReplaced() {
    Tokenizer tokenizer = TokenizerData.tiktoken("cl100k", "cl100k_base");
    int[] ids = tokenizer.encode("a\uD83Db\uDC00", false, false);
    assertThat(tokenizer.decode(ids, false)).isEqualTo("a\uFFFDb\uFFFD");
  }

  @Test
  void hostileTextsTakeAboutLinearTime() {
    Tokenizer tokenizer = TokenizerData.tiktoken("cl100k", "cl100k_base");
    int length = 50_000;
    for (String unit : List.of("a", " ", "\n", "é", "\u0301", "😀", "'", "1", " \n", "a'", "ab")) {
      String text = unit.repeat(length / unit.length());
      int[] ids = tokenizer.encode(text, false, false);
      assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
    }
  }

  @Test
  void damagedFilesAreRefusedWithOneException() {
    for (String damaged :
        List.of("", "IQ==", "IQ== x", "!!! 5", "IQ== -1", "IQ== 99999999", " 5")) {
      byte[] file = damaged.getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> TiktokenFile.read(file, "cl100k", Map.of()))
          .as(damaged)
          .isInstanceOf(TokenizerFileException.class);
    }
    byte[] file = "IQ== 0".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> TiktokenFile.read(file, "none of them", Map.of()))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("none of them");
  }

  /// RFC 4180.
  private static List<List<String>> csv(byte[] file) {
    String text = new String(file, StandardCharsets.UTF_8);
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ',' || c == '\n')) {
        row.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          rows.add(row);
          row = new ArrayList<>();
        }
      } else if (quoted || c != '\r') {
        cell.append(c);
      }
    }
    if (cell.length() > 0) {
      row.add(cell.toString());
      rows.add(row);
    }
    return rows;
  }
}
