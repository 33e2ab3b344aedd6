package engram.api.openai.local;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A token that a model said, and how likely it was, as OpenAI writes it.
///
/// @param token as far as it is text by itself
/// @param bytes of the token, as unsigned numbers: a piece of a character is no text
public record ScoredToken(
    String token, double logprob, List<Integer> bytes, List<Alternative> topLogprobs) {

  public record Alternative(String token, double logprob, List<Integer> bytes) {
    static Alternative of(byte[] bytes, double logprob) {
      return new Alternative(text(bytes), logprob, numbers(bytes));
    }
  }

  static ScoredToken of(byte[] bytes, double logprob, List<Alternative> top) {
    return new ScoredToken(text(bytes), logprob, numbers(bytes), top);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static List<Integer> numbers(byte[] bytes) {
    List<Integer> numbers = new ArrayList<>(bytes.length);
    for (byte one : bytes) {
      numbers.add(one & 0xFF);
    }
    return numbers;
  }
}
