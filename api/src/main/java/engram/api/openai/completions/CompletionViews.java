package engram.api.openai.completions;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.Tokens;
import engram.api.openai.local.ScoredToken;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The replies of `/v1/completions`.
final class CompletionViews {
  private CompletionViews() {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Completion(
      String id,
      String object,
      long created,
      String model,
      List<Choice> choices,
      @Nullable Tokens usage) {
    static Completion of(
        String id, long created, String model, List<Choice> choices, @Nullable Tokens usage) {
      return new Completion(id, "text_completion", created, model, choices, usage);
    }
  }

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Choice(
      String text, int index, @Nullable LogProbs logprobs, @Nullable String finishReason) {}

  /// By token.
  ///
  /// @param tokenLogprobs null for the first of a text
  /// @param textOffset where in the text it begins, in UTF-16 units
  record LogProbs(
      List<String> tokens,
      List<@Nullable Double> tokenLogprobs,
      List<@Nullable Map<String, Double>> topLogprobs,
      List<Integer> textOffset) {

    /// @param start where the first of the scored tokens stands in the text
    static LogProbs of(List<ScoredToken> scores, int start) {
      LogProbs read =
          new LogProbs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      read.add(scores, start);
      return read;
    }

    /// @param first token of the text, which follows nothing
    static LogProbs of(String first, List<ScoredToken> scores) {
      LogProbs read = of(List.of(), 0);
      read.tokens.add(first);
      read.tokenLogprobs.add(null);
      read.topLogprobs.add(null);
      read.textOffset.add(0);
      read.add(scores, first.length());
      return read;
    }

    private void add(List<ScoredToken> scores, int start) {
      int at = start;
      for (ScoredToken score : scores) {
        tokens.add(score.token());
        tokenLogprobs.add(score.logprob());
        Map<String, Double> top = new LinkedHashMap<>();
        score.topLogprobs().forEach(one -> top.put(one.token(), one.logprob()));
        topLogprobs.add(top);
        textOffset.add(at);
        at += score.token().length();
      }
    }
  }
}
