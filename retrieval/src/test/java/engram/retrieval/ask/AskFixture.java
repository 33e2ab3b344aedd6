package engram.retrieval.ask;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Mode;
import engram.retrieval.AskRequest.Turn;
import engram.retrieval.AskRequest.UnsupportedSentences;
import engram.retrieval.AskRequest.Widen;
import engram.retrieval.Hit;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.Surroundings;
import engram.retrieval.cite.Citations;
import engram.retrieval.guard.InstructionDetector;
import engram.retrieval.pack.ModelTokens;
import engram.retrieval.pack.PackSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;

/// Documents whose text is known, a retriever that returns some of their chunks, and what has to
/// hold of every answer over them.
final class AskFixture implements Retriever, AnswerListener {
  static final AskSettings SETTINGS =
      new AskSettings(Duration.ofSeconds(20), Duration.ofSeconds(20), 20_000, 8, 16_000, 0.4);
  private final List<String> documents = new ArrayList<>();
  private final List<Hit> hits = new ArrayList<>();
  final List<SearchRequest> searches = new ArrayList<>();
  final StringBuilder heard = new StringBuilder();
  volatile boolean gone;
  @Nullable UnsupportedSentences unsupportedSentences;
  @Nullable Widen widen;
  int budgetTokens = 20_000;

  /// A document and one chunk of all of it.
  AskFixture with(String text) {
    documents.add(text);
    return chunk(documents.size() - 1, 0, text.length());
  }

  /// A document of which only the last letters are a chunk.
  AskFixture end(String text, int chars) {
    documents.add(text);
    return chunk(documents.size() - 1, text.length() - chars, text.length());
  }

  AskFixture chunk(int document, int start, int end) {
    Source source =
        new Source(
            "c",
            "file-" + document,
            document + ".txt",
            1,
            null,
            List.of(),
            1,
            1,
            List.of(),
            new Span(start, end));
    String text = documents.get(document).substring(start, end);
    double score = 1.0 / (1 + hits.size());
    hits.add(
        new Hit(
            hits.size() + 1L,
            document,
            source,
            text,
            text.length(),
            Map.of(),
            score,
            List.of(),
            null));
    return this;
  }

  /// The last chunk has this beside its text.
  AskFixture context(String context) {
    Hit last = hits.removeLast();
    hits.add(
        new Hit(
            last.chunkId(),
            last.documentId(),
            last.source(),
            last.text(),
            context,
            last.tokens(),
            last.attributes(),
            last.score(),
            last.highlights(),
            null));
    return this;
  }

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    searches.add(request);
    return new SearchPage(hits, false, List.of());
  }

  /// The whole document is every chunk's parent.
  private Surroundings around(Access access, String collection, long chunkId, int neighbours) {
    Hit hit = hits.stream().filter(each -> each.chunkId() == chunkId).findFirst().orElseThrow();
    String text = documents.get((int) hit.documentId());
    Source own = hit.source();
    Source whole =
        new Source(
            own.collectionId(),
            own.fileId(),
            own.filename(),
            own.version(),
            own.title(),
            own.headingPath(),
            own.pageFrom(),
            own.pageTo(),
            own.boxes(),
            new Span(0, text.length()));
    return new Surroundings(
        hit, List.of(), List.of(), new Surroundings.Parent(whole, text, List.of(chunkId)));
  }

  @Override
  public void onText(String delta) {
    heard.append(delta);
  }

  @Override
  public boolean cancelled() {
    return gone;
  }

  Answer ask(ChatModel model, AskSettings settings, Mode mode, String question, Turn... history) {
    GroundedAnswerer answerer =
        new GroundedAnswerer(
            this,
            this::around,
            PackSettings.DEFAULT,
            InstructionDetector.FITTED,
            Citations.withoutLayout(),
            model,
            new ModelTokens("letters", String::length),
            settings);
    AskRequest request =
        new AskRequest(
            question,
            SearchRequest.of("c", question, 10),
            mode,
            null,
            List.of(history),
            budgetTokens,
            null,
            null,
            null,
            widen,
            unsupportedSentences);
    heard.setLength(0);
    Answer answer = answerer.ask(Access.all(new UUID(0, 1), "test"), request, this);
    check(answer);
    return answer;
  }

  Answer extract(String question, Turn... history) {
    return ask(null, SETTINGS, Mode.AUTO, question, history);
  }

  Answer generate(String said, int pieceChars, String question) {
    return ask(FakeChatModel.saying(said, pieceChars), SETTINGS, Mode.AUTO, question);
  }

  /// What holds of every answer, whatever the documents and the model say.
  private void check(Answer answer) {
    assertThat(heard).as("what was heard is the answer").hasToString(answer.text());
    assertThat(answer.text()).isNotBlank();
    Span before = new Span(0, 0);
    for (Citation citation : answer.citations()) {
      Span claim = citation.answerSpan();
      assertThat(claim.end()).isLessThanOrEqualTo(answer.text().length());
      assertThat(claim.equals(before) || claim.start() >= before.end()).isTrue();
      before = claim;
      int document = Integer.parseInt(citation.source().fileId().substring(5));
      Span span = citation.source().span();
      assertThat(documents.get(document).substring(span.start(), span.end()))
          .isEqualTo(citation.quote());
      assertThat(citation.quote()).isEqualTo(citation.quote().strip()).isNotEmpty();
      if (answer instanceof Answer.Extractive) {
        assertThat(answer.text().substring(claim.start(), claim.end())).isEqualTo(citation.quote());
      }
    }
    switch (answer) {
      case Answer.Extractive extractive -> {
        List<String> quotes = extractive.citations().stream().map(Citation::quote).toList();
        assertThat(extractive.text()).isEqualTo(String.join(" ", quotes));
        assertThat(quotes).hasSizeBetween(1, Extraction.QUOTES_MAX);
        assertThat(extractive.confidence()).isBetween(0.0, 1.0);
      }
      case Answer.Generated generated -> {
        assertThat(generated.citations()).isNotEmpty();
        for (Span alone : generated.unsupported()) {
          assertThat(alone.end()).isLessThanOrEqualTo(answer.text().length());
        }
        assertThat(generated.usage().promptTokens()).isPositive();
        assertThat(generated.usage().answerTokens()).isPositive();
      }
      case Answer.Unsupported unsupported ->
          assertThat(unsupported.confidence()).isBetween(0.0, 1.0);
    }
  }
}
