package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokensTest {
  @Test
  void halfASurrogatePairCountsAsTheReplacementCharacter() {
    for (String half : new String[] {"\uD83D", "\uDE00", "\uDE00\uD83D"}) {
      String replaced = "\uFFFD".repeat(half.length());
      assertThat(Tokens.count("before " + half + " after"))
          .isEqualTo(Tokens.count("before " + replaced + " after"));
      assertThat(Tokens.count(half)).isEqualTo(Tokens.count(replaced));
    }
  }

  @Test
  void aWholePairIsLeftAsItIs() {
    assertThat(Tokens.count("\uD842\uDFB7".repeat(9)))
        .isNotEqualTo(Tokens.count("\uFFFD\uFFFD".repeat(9)));
    assertThat(Tokens.count("")).isZero();
  }

  @Test
  void aSpecialTokenIsText() {
    assertThat(Tokens.count("<|endoftext|>")).isGreaterThan(1);
  }
}
