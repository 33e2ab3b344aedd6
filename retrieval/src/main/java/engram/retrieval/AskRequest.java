package engram.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A question to the documents.
///
/// @param search what to look for and where; its first query is the question unless `question`
///   differs
/// @param instructions the application's own, put before the question; never taken from documents
/// @param history earlier turns of the conversation, oldest first
/// @param budgetTokens at most so many tokens of passages are shown to the model
/// @param maxAnswerTokens null for the model's own default
/// @param packing null for the server's default
/// @param widen null for the server's default
/// @param unsupportedSentences null for the server's default
public record AskRequest(
    String question,
    SearchRequest search,
    Mode mode,
    @Nullable String instructions,
    List<Turn> history,
    int budgetTokens,
    @Nullable Integer maxAnswerTokens,
    @Nullable Double temperature,
    @Nullable Packing packing,
    @Nullable Widen widen,
    @Nullable UnsupportedSentences unsupportedSentences) {
  public static final int BUDGET_TOKENS_DEFAULT = 4_000;

  public enum Mode {
    /// Written by the model where one is configured, else extracted.
    AUTO,
    EXTRACTIVE,
    GENERATIVE
  }

  /// How the passages stand that the model is shown.
  public enum Packing {
    /// The best ones at both ends.
    EDGES,
    /// As they stand in their documents.
    DOCUMENT
  }

  /// What is read around a hit.
  public enum Widen {
    /// The chunk alone.
    NONE,
    /// Its section, or a part of a long one, where the budget has room for it.
    PARENTS
  }

  /// What becomes of sentences of a written answer that no passage carries. An answer of which no
  /// passage carries any sentence is `Unsupported` in any case.
  public enum UnsupportedSentences {
    /// They stay, and are listed.
    MARK,
    /// They are left out, and counted.
    DROP,
    /// They stay, and nothing is said of them.
    KEEP
  }

  public record Turn(Role role, String text) {}

  public enum Role {
    USER,
    ASSISTANT
  }

  /// With the server's own packing and widening, and its own way with what no passage carries.
  public AskRequest(
      String question,
      SearchRequest search,
      Mode mode,
      @Nullable String instructions,
      List<Turn> history,
      int budgetTokens,
      @Nullable Integer maxAnswerTokens,
      @Nullable Double temperature) {
    this(
        question,
        search,
        mode,
        instructions,
        history,
        budgetTokens,
        maxAnswerTokens,
        temperature,
        null,
        null,
        null);
  }

  public AskRequest {
    history = List.copyOf(history);
    if (question.isBlank() || question.length() > SearchRequest.QUERY_CHARS_MAX) {
      throw new IllegalArgumentException(
          "a question has 1 to " + SearchRequest.QUERY_CHARS_MAX + " characters and is not blank");
    }
    if (budgetTokens < 100) {
      throw new IllegalArgumentException(
          "budgetTokens " + budgetTokens + " < 100: no passage would fit");
    }
  }
}
