package engram.api.rest;

import engram.api.error.Failure;
import engram.retrieval.AskRequest;
import engram.retrieval.RankingOptions;
import engram.retrieval.SearchRequest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A question, and everything that the OpenAI shapes cannot say about it.
///
/// @param collections ids, at least one
/// @param queries what to search for, where that is not the question itself
/// @param maxPassages hits that are considered, 1 to 200
/// @param fusion `convex` or `rrf`
/// @param feedback share of the query for words that the first hits have in common, 0 to 0.9
/// @param hops how often names in the hits lead to further ones, 0 to 3
/// @param explain shows why each passage has its score
/// @param history earlier turns, oldest first
/// @param packing how the passages stand that the model is shown; the server's default otherwise
/// @param widen what is read around a hit; the server's default otherwise
/// @param unsupportedSentences what becomes of sentences of a written answer that no passage
///   carries; the server's default otherwise
record AskBody(
    @Nullable String question,
    @Nullable List<String> collections,
    @Nullable List<String> queries,
    @Nullable JsonNode filter,
    AskRequest.@Nullable Mode mode,
    @Nullable Integer budgetTokens,
    @Nullable Integer maxPassages,
    @Nullable Double scoreThreshold,
    @Nullable Double textWeight,
    @Nullable Double embeddingWeight,
    @Nullable String fusion,
    @Nullable Double feedback,
    @Nullable Integer hops,
    @Nullable Boolean explain,
    @Nullable String instructions,
    @Nullable List<Turn> history,
    @Nullable Integer maxAnswerTokens,
    @Nullable Double temperature,
    AskRequest.@Nullable Packing packing,
    AskRequest.@Nullable Widen widen,
    AskRequest.@Nullable UnsupportedSentences unsupportedSentences,
    @Nullable Boolean stream) {
  private static final int PASSAGES_DEFAULT = 20;
  private static final int HISTORY_MAX = 200;

  record Turn(AskRequest.@Nullable Role role, @Nullable String text) {
    AskRequest.Turn toTurn() {
      if (role == null || text == null) {
        throw Failure.invalid("history", "Each turn has a 'role' and a 'text'.").toException();
      }
      return new AskRequest.Turn(role, text);
    }
  }

  boolean streamed() {
    return Boolean.TRUE.equals(stream);
  }

  AskRequest toRequest() {
    if (question == null || question.isBlank()) {
      throw Failure.invalid("question", "'question' is missing.").toException();
    }
    if (collections == null || collections.isEmpty()) {
      throw Failure.invalid("collections", "'collections' names at least one.").toException();
    }
    List<Turn> turns = history == null ? List.of() : history;
    if (turns.size() > HISTORY_MAX) {
      throw Failure.invalid("history", "'history' has at most " + HISTORY_MAX + " turns.")
          .toException();
    }
    if (maxAnswerTokens != null && maxAnswerTokens < 1) {
      throw Failure.invalid("max_answer_tokens", "'max_answer_tokens' is at least 1.")
          .toException();
    }
    if (temperature != null && !(temperature >= 0 && temperature <= 2)) {
      throw Failure.invalid("temperature", "'temperature' is in [0, 2].").toException();
    }
    return new AskRequest(
        question,
        search(question, collections),
        Objects.requireNonNullElse(mode, AskRequest.Mode.AUTO),
        instructions,
        turns.stream().map(Turn::toTurn).toList(),
        Objects.requireNonNullElse(budgetTokens, AskRequest.BUDGET_TOKENS_DEFAULT),
        maxAnswerTokens,
        temperature,
        packing,
        widen,
        unsupportedSentences);
  }

  private SearchRequest search(String asked, List<String> where) {
    return new SearchRequest(
        where,
        queries == null || queries.isEmpty() ? List.of(asked) : queries,
        SearchBody.filter(filter),
        0,
        Objects.requireNonNullElse(maxPassages, PASSAGES_DEFAULT),
        Objects.requireNonNullElse(scoreThreshold, 0.0),
        SearchBody.weights(textWeight, embeddingWeight),
        Boolean.TRUE.equals(explain),
        new RankingOptions(fusion, feedback, Objects.requireNonNullElse(hops, 0), null));
  }
}
