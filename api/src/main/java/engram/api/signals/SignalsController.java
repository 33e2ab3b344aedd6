package engram.api.signals;

import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.api.error.Failure;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.Attribution;
import engram.inference.Attribution.TokenSpan;
import engram.inference.Engine;
import engram.inference.Prompt;
import engram.inference.TextToken;
import engram.inference.TokenScore;
import engram.retrieval.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// Signals of a model about texts that it is given.
@RestController
@RequestMapping("/api/engine")
@Requires(Verb.CHAT)
class SignalsController {
  private static final int TOP_MAX = 20;
  private static final int SPANS_MAX = 256;
  private static final int TEXTS_MAX = 256;

  private final EngineModels models;
  private final LocalArguments arguments;
  private final Budgets budgets;

  SignalsController(EngineModels models, LocalArguments arguments, Budgets budgets) {
    this.models = models;
    this.arguments = arguments;
    this.budgets = budgets;
  }

  /// @param top likeliest tokens listed at each place, 0 to 20
  record SurpriseBody(@Nullable String model, @Nullable String text, @Nullable Integer top) {}

  /// @param meanSurprise over the tokens that have one, in nats
  /// @param perplexity its exponential
  @JsonNaming(SnakeCaseStrategy.class)
  record SurpriseReply(
      String model,
      List<SurpriseToken> tokens,
      @Nullable Double meanSurprise,
      @Nullable Double perplexity) {}

  /// @param start in the text, in UTF-16 units; `end` is exclusive
  /// @param surprise `-log p` in nats, given all tokens before; null for one that follows nothing
  record SurpriseToken(
      int id, String token, int start, int end, @Nullable Double surprise, List<Likely> top) {}

  record Likely(int id, String token, double surprise) {}

  /// How surprising each token of a text is to a model.
  @PostMapping("/surprise")
  SurpriseReply surprise(Caller caller, @RequestBody SurpriseBody body) {
    String model = arguments.model(body.model());
    String text = arguments.text(body.text(), "text");
    int top = body.top() == null ? 0 : body.top();
    if (top < 0 || top > TOP_MAX) {
      throw Failure.invalid("top", "'top' " + top + " is not in [0, " + TOP_MAX + "].")
          .toException();
    }
    return EngineFailures.told(() -> {
      Engine engine = models.with(model);
      List<TextToken> tokens = engine.pieces(model, new Prompt.Text(text, true, false));
      List<TokenScore> scores =
          engine.score(model, prompt(tokens), caller.tenant().toString(), top);
      budgets.spendTokens(caller, tokens.size());
      return surprises(engine, model, tokens, scores);
    });
  }

  private static SurpriseReply surprises(
      Engine engine, String model, List<TextToken> tokens, List<TokenScore> scores)
      throws InterruptedException {
    List<SurpriseToken> read = new ArrayList<>(tokens.size());
    double sum = 0;
    for (int index = 0; index < tokens.size(); index++) {
      TextToken token = tokens.get(index);
      // Scores begin with the second token.
      TokenScore score = index == 0 ? null : scores.get(index - 1);
      List<Likely> likely = new ArrayList<>();
      for (TokenScore.Ranked ranked : score == null ? List.<TokenScore.Ranked>of() : score.top()) {
        likely.add(
            new Likely(ranked.token(), spelled(engine, model, ranked.token()), -ranked.logProb()));
      }
      sum -= score == null ? 0 : score.logProb();
      read.add(
          new SurpriseToken(
              token.token(),
              spelled(engine, model, token.token()),
              token.start(),
              token.end(),
              score == null ? null : (double) -score.logProb(),
              likely));
    }
    boolean none = scores.isEmpty();
    double mean = none ? 0 : sum / scores.size();
    return new SurpriseReply(model, read, none ? null : mean, none ? null : Math.exp(mean));
  }

  /// @param prompt that was read
  /// @param answer that was said after it
  /// @param spans of the prompt in UTF-16 units, apart from each other; absent for its words
  /// @param marks whether the marks of a chat template in the prompt are tokens of their own, as in
  ///   that of `/api/engine/prompt`; otherwise they are text, and the model's own beginning of a
  ///   text is put before it
  record AttributionBody(
      @Nullable String model,
      @Nullable String prompt,
      @Nullable String answer,
      @Nullable List<Span> spans,
      @Nullable Boolean marks) {}

  /// @param spans with the mean of their shares over the whole answer
  /// @param rest what lies in no span
  record AttributionReply(
      String model, List<SpanShare> spans, double rest, List<AnswerToken> tokens) {}

  record SpanShare(int start, int end, double share) {}

  /// @param start in the answer, in UTF-16 units
  /// @param shares of the token's attention, in the order of the spans
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record AnswerToken(int id, String token, int start, int end, double[] shares, double rest) {}

  /// Which spans of a prompt the tokens of an answer attended to.
  @PostMapping("/attribution")
  AttributionReply attribute(Caller caller, @RequestBody AttributionBody body) {
    String model = arguments.model(body.model());
    String prompt = arguments.text(body.prompt(), "prompt");
    String answer = arguments.text(body.answer(), "answer");
    List<Span> named = body.spans() == null ? null : spans(body.spans(), prompt.length());
    boolean marks = Boolean.TRUE.equals(body.marks());
    return EngineFailures.told(() -> {
      Engine engine = models.with(model);
      // Read as one text, as the model did: a token that lies in both is the prompt's.
      List<TextToken> all = engine.pieces(model, new Prompt.Text(prompt + answer, !marks, marks));
      int first = 0;
      while (first < all.size() && all.get(first).start() < prompt.length()) {
        first++;
      }
      List<TextToken> read = all.subList(0, first);
      List<TextToken> said = all.subList(first, all.size());
      if (said.isEmpty()) {
        throw Failure.invalid("answer", "'answer' has no token of its own after the prompt.")
            .toException();
      }
      List<Span> spans = named == null ? PromptWords.of(prompt, read, SPANS_MAX) : named;
      List<TokenSpan> tokens = spans.stream().map(span -> tokens(span, read)).toList();
      Attribution found =
          engine.attribute(model, ids(read), ids(said), tokens, caller.tenant().toString());
      budgets.spendTokens(caller, all.size());
      return attributed(engine, model, spans, said, found, prompt.length());
    });
  }

  private static AttributionReply attributed(
      Engine engine,
      String model,
      List<Span> spans,
      List<TextToken> said,
      Attribution found,
      int promptChars)
      throws InterruptedException {
    List<AnswerToken> tokens = new ArrayList<>(said.size());
    for (int index = 0; index < said.size(); index++) {
      TextToken token = said.get(index);
      tokens.add(
          new AnswerToken(
              token.token(),
              spelled(engine, model, token.token()),
              token.start() - promptChars,
              token.end() - promptChars,
              found.shares()[index],
              found.rest(index)));
    }
    double[] means = found.ofTokens(0, said.size());
    List<SpanShare> shares = new ArrayList<>(spans.size());
    for (int index = 0; index < means.length; index++) {
      Span span = spans.get(index);
      shares.add(new SpanShare(span.start(), span.end(), means[index]));
    }
    double rest = Math.max(0, 1 - Arrays.stream(means).sum());
    return new AttributionReply(model, shares, rest, tokens);
  }

  /// @param layer after which states are taken: 0 for the embeddings themselves; absent for the
  ///   last
  record EmbeddingsBody(
      @Nullable String model, @Nullable List<String> texts, @Nullable Integer layer) {}

  record EmbeddingsReply(String model, List<float[]> embeddings) {}

  /// Vectors of texts out of any layer, pooled as the model's files say.
  @PostMapping("/embeddings")
  EmbeddingsReply embed(Caller caller, @RequestBody EmbeddingsBody body) {
    String model = arguments.model(body.model());
    List<String> texts = body.texts() == null ? List.of() : body.texts();
    if (texts.isEmpty() || texts.size() > TEXTS_MAX) {
      throw Failure.invalid(
              "texts", "'texts' are 1 to " + TEXTS_MAX + ", not " + texts.size() + ".")
          .toException();
    }
    texts.forEach(text -> arguments.text(text, "texts"));
    Integer layer = body.layer();
    if (layer != null && layer < 0) {
      throw Failure.invalid("layer", "'layer' " + layer + " is less than 0.").toException();
    }
    return EngineFailures.told(() -> {
      Engine engine = models.with(model);
      List<float[]> vectors = engine.embed(model, texts, layer == null ? Engine.LAST_LAYER : layer);
      long tokens = 0;
      for (String text : texts) {
        tokens += engine.tokens(model, new Prompt.Text(text, true, false)).length;
      }
      budgets.spendTokens(caller, tokens);
      return new EmbeddingsReply(model, vectors);
    });
  }

  /// The tokens that begin within a span.
  private static TokenSpan tokens(Span span, List<TextToken> read) {
    int from = 0;
    while (from < read.size() && !begins(read.get(from), span)) {
      from++;
    }
    int to = from;
    while (to < read.size() && read.get(to).start() < span.end()) {
      to++;
    }
    if (from == to) {
      throw Failure.invalid(
              "spans",
              "No token begins within the span [" + span.start() + ", " + span.end() + ").")
          .toException();
    }
    return new TokenSpan(from, to);
  }

  /// Special tokens have no text and are of no span.
  private static boolean begins(TextToken token, Span span) {
    return token.end() > token.start()
        && token.start() >= span.start()
        && token.start() < span.end();
  }

  private static List<Span> spans(List<Span> given, int chars) {
    if (given.isEmpty() || given.size() > SPANS_MAX) {
      throw Failure.invalid("spans", "'spans' are 1 to " + SPANS_MAX + " parts of the prompt.")
          .toException();
    }
    for (Span span : given) {
      if (span.end() > chars) {
        throw Failure.invalid(
                "spans",
                "The span ["
                    + span.start()
                    + ", "
                    + span.end()
                    + ") ends after the prompt's "
                    + chars
                    + " characters.")
            .toException();
      }
    }
    return given;
  }

  private static Prompt prompt(List<TextToken> tokens) {
    return new Prompt.Tokens(ids(tokens));
  }

  private static int[] ids(List<TextToken> tokens) {
    return tokens.stream().mapToInt(TextToken::token).toArray();
  }

  private static String spelled(Engine engine, String model, int token)
      throws InterruptedException {
    byte[] bytes = engine.spelled(model, new int[] {token}).getFirst();
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
