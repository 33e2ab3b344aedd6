package engram.inference.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.tokenizer.split.Behaviour;
import engram.inference.tokenizer.split.CharacterSplitter;
import engram.inference.tokenizer.split.ExpressionSplitter;
import engram.inference.tokenizer.split.Expressions;
import engram.inference.tokenizer.split.Families;
import engram.inference.tokenizer.split.GptSplitter;
import engram.inference.tokenizer.split.Metaspace;
import engram.inference.tokenizer.split.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitterTest {
  @Test
  void theWalksSplitAsTheirExpressionsDo() {
    List<Splitter> walks =
        List.of(GptSplitter.gpt2(), GptSplitter.cl100k(3), GptSplitter.cl100k(1));
    List<String> expressions = List.of(Expressions.GPT2, Expressions.CL100K, Expressions.QWEN2);
    Random random = new Random(TokenizerData.SEED);
    for (int round = 0; round < 3000; round++) {
      String text = TokenizerData.randomText(random, 1 + random.nextInt(30));
      for (int i = 0; i < walks.size(); i++) {
        assertThat(words(walks.get(i), text))
            .as("-Dseed=%d, round %d, %s", TokenizerData.SEED, round, expressions.get(i))
            .isEqualTo(words(ExpressionSplitter.isolating(expressions.get(i)), text));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-2,Hello|'ll| you|  | it|'s| 2024|!!",
    "llama3,Hello|'ll| you|  | it|'s| |202|4|!!",
    "qwen2,Hello|'ll| you|  | it|'s| |2|0|2|4|!!",
    "starcoder,Hello|'ll| you|  | it|'s| |2|0|2|4|!!"
  })
  void familiesSplitTheSameTextInTheirWays(String family, String expected) {
    assertThat(words(Families.of(family).orElseThrow(), "Hello'll you   it's 2024!!"))
        .isEqualTo(List.of(expected.split("\\|")));
  }

  @Test
  void caseTurnsCutWordsInO200k() {
    assertThat(words(Families.of("o200k").orElseThrow(), "parseHTTPResponse isn'T"))
        .isEqualTo(List.of("parse", "HTTPResponse", " isn'T"));
  }

  @Test
  void aMatchGoesWhereItsBehaviourSays() {
    String text = "a--b-";
    assertThat(dashes(Behaviour.REMOVED, text)).containsExactly("a", "b");
    assertThat(dashes(Behaviour.ISOLATED, text)).containsExactly("a", "-", "-", "b", "-");
    assertThat(dashes(Behaviour.CONTIGUOUS, text)).containsExactly("a", "--", "b", "-");
    assertThat(dashes(Behaviour.MERGED_WITH_PREVIOUS, text)).containsExactly("a-", "-", "b-");
    assertThat(dashes(Behaviour.MERGED_WITH_NEXT, text)).containsExactly("a", "-", "-b", "-");
  }

  @Test
  void onlyTheFirstWordOfATextIsGivenASpaceWhereThatIsWanted() {
    Splitter splitter = new Metaspace('▁', Metaspace.Prepend.FIRST, true);
    assertThat(words(splitter, "to be  x")).containsExactly("▁to", "▁be", "▁", "▁x");
    List<String> later = new ArrayList<>();
    splitter.split("to be", 0, 5, false, (text, from, to) -> later.add(text.substring(from, to)));
    assertThat(later).containsExactly("to", "▁be");
  }

  @Test
  void anExpressionThatCostsTooMuchIsStopped() {
    Splitter exponential = ExpressionSplitter.isolating("(a+)+b");
    assertThatThrownBy(() -> words(exponential, "a".repeat(5_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(a+)+b");
    Splitter deep = ExpressionSplitter.isolating("(?:a|b|(c))*");
    assertThatThrownBy(() -> words(deep, "ab".repeat(500_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deep");
  }

  @Test
  void expressionsWrittenForOnigurumaAreUnderstood() {
    assertThat(words(ExpressionSplitter.isolating("\\p{Han}+|\\h+"), "漢字x0aFg"))
        .containsExactly("漢字", "x", "0aF", "g");
    assertThat(words(ExpressionSplitter.isolating("[[:punct:]]+|\\p{^L}+"), "a.b 1c"))
        .containsExactly("a", ".", "b", " 1", "c");
    assertThatThrownBy(() -> Expressions.compile("(unclosed"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(unclosed");
  }

  private static List<String> dashes(Behaviour behaviour, String text) {
    return words(new CharacterSplitter(codePoint -> codePoint == '-', behaviour), text);
  }

  private static List<String> words(Splitter splitter, String text) {
    List<String> words = new ArrayList<>();
    splitter.split(
        text, 0, text.length(), true, (word, from, to) -> words.add(word.substring(from, to)));
    return words;
  }
}
