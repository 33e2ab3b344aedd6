package engram.retrieval.ask;

import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Role;
import engram.retrieval.AskRequest.Turn;
import engram.retrieval.SearchRequest;
import engram.retrieval.ask.Terms.Term;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes a follow-up question stand on its own without a model: *And when was he born?* says too
/// little to be searched, so the names and words of the user's turn before are added.
final class FollowUp {
  /// A question with more words of its own is taken to say what it is about.
  private static final int SHORT_TERMS_MAX = 3;

  private static final int ADDED_TERMS_MAX = 8;

  private FollowUp() {}

  /// The question with what it leaves unsaid.
  static String condensed(AskRequest request) {
    Question question = Question.of(request.question());
    if (request.history().isEmpty() || question.content().size() > SHORT_TERMS_MAX) {
      return request.question();
    }
    List<Turn> turns = request.history().reversed();
    String before =
        turns.stream()
            .filter(turn -> turn.role() == Role.USER && !turn.text().isBlank())
            .map(Turn::text)
            .findFirst()
            .orElse("");
    Question earlier = Question.of(before);
    List<Term> fresh =
        earlier.content().stream()
            .filter(term ->
                question.content().stream().noneMatch(known -> Terms.likeness(known, term) > 0))
            .toList();
    String added =
        Stream.concat(
                fresh.stream().filter(earlier::names),
                fresh.stream().filter(term -> !earlier.names(term)))
            .limit(ADDED_TERMS_MAX)
            .map(term -> before.substring(term.start(), term.end()))
            .collect(Collectors.joining(" "));
    String condensed = added.isEmpty() ? request.question() : request.question() + " " + added;
    return condensed.length() > SearchRequest.QUERY_CHARS_MAX ? request.question() : condensed;
  }

  /// The search with the condensed question, where the caller did not write queries of their own.
  static SearchRequest search(AskRequest request, String condensed) {
    SearchRequest search = request.search();
    if (!search.queries().equals(List.of(request.question()))) {
      return search;
    }
    return new SearchRequest(
        search.collections(),
        List.of(condensed),
        search.filter(),
        search.offset(),
        search.limit(),
        search.scoreThreshold(),
        search.weights(),
        search.explain(),
        search.ranking());
  }
}
