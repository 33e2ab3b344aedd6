package engram.inference.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentencePieceFileTest {
  private static final String FILE = "test_model.model";

  @Test
  void knownResultsOfTheOriginalComeOut() {
    Tokenizer tokenizer = read();
    assertThat(tokenizer.size()).isEqualTo(1000);
    // From the original's own documentation of this model.
    assertThat(tokens(tokenizer, "Hello world.")).containsExactly("▁He", "ll", "o", "▁world", ".");
    assertThat(tokens(tokenizer, "This is a test"))
        .containsExactly("▁This", "▁is", "▁a", "▁", "t", "est");
    assertThat(tokenizer.encode("This is a test", false, false))
        .isEqualTo(new int[] {284, 47, 11, 4, 15, 400});
  }

  @Test
  void theTrainingTextComesBackNormalised() throws Exception {
    Tokenizer tokenizer = read();
    String text =
        java.nio.file.Files.readString(
            TokenizerData.require("longtext-books").resolve("botchan.en.txt"));
    int lines = 0;
    for (String line : text.lines().toList()) {
      int[] ids = tokenizer.encode(line, false, false);
      if (Arrays.stream(ids).noneMatch(id -> id == tokenizer.special().unk())) {
        String normalised = Normalizer.normalize(line, Normalizer.Form.NFKC);
        assertThat(tokenizer.decode(ids, false))
            .isEqualTo(normalised.replaceAll("\\s+", " ").strip());
        lines++;
      }
    }
    assertThat(lines).isGreaterThan(1000);
  }

  @Test
  void everyCutIsTheMostProbableOne() {
    Tokenizer tokenizer = read();
    UnigramOracle oracle = UnigramOracle.of(TokenizerData.read("tok-sentencepiece", FILE));
    Random random = new Random(TokenizerData.SEED);
    String letters = "abcdeghiknorstuw .,'TH";
    for (int round = 0; round < 300; round++) {
      StringBuilder text = new StringBuilder("x");
      for (int i = random.nextInt(14); i > 0; i--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      int[] ids = tokenizer.encode(text.toString(), false, false);
      String marked = "▁" + text.toString().replaceAll(" +", " ").strip().replace(' ', '▁');
      assertThat(oracle.score(ids))
          .as("-Dseed=%d, round %d: %s", TokenizerData.SEED, round, text)
          .isCloseTo(oracle.best(marked), org.assertj.core.data.Offset.offset(1e-4));
      assertThat(String.join("", tokens(tokenizer, text.toString()))).isEqualTo(marked);
    }
  }

  @Test
  void odditiesOfUnicodeAreNormalisedByTheModelsTable() {
    Tokenizer tokenizer = read();
    assertThat(tokenizer.encode("Ｈｅｌｌｏ　ｗｏｒｌｄ．", false, false))
        .isEqualTo(tokenizer.encode("Hello world.", false, false));
    assertThat(tokenizer.encode("  a \u3000 b ", false, false))
        .isEqualTo(tokenizer.encode("a b", false, false));
    assertThat(tokenizer.encode("   ", false, false)).isEmpty();
    assertThat(tokenizer.encode("漢字", false, false)).endsWith(tokenizer.special().unk());
  }

  @Test
  void damagedFilesAreRefusedWithOneException() {
    byte[] whole = TokenizerData.read("tok-sentencepiece", FILE);
    Random random = new Random(TokenizerData.SEED);
    for (int round = 0; round < 200; round++) {
      byte[] damaged = Arrays.copyOf(whole, round % 2 == 0 ? whole.length : random.nextInt(5000));
      for (int i = 0; i < 20 && damaged.length > 0; i++) {
        damaged[random.nextInt(Math.min(damaged.length, 20_000))] = (byte) random.nextInt(256);
      }
      try {
        SentencePieceFile.read(damaged).encode("Hello world", true, true);
      } catch (TokenizerFileException refused) {
        assertThat(refused).as("-Dseed=%d", TokenizerData.SEED).hasMessageMatching("(?s).+");
      }
    }
    assertThatThrownBy(() -> SentencePieceFile.read("no model".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(TokenizerFileException.class);
    assertThatThrownBy(() -> SentencePieceFile.read(new byte[0]))
        .isInstanceOf(TokenizerFileException.class);
  }

  private static Tokenizer read() {
    return SentencePieceFile.read(TokenizerData.read("tok-sentencepiece", FILE));
  }

  private static String[] tokens(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text, false, false))
        .mapToObj(id -> tokenizer.token(id).orElseThrow())
        .toArray(String[]::new);
  }
}
