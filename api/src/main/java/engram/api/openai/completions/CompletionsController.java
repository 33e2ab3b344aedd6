package engram.api.openai.completions;

import engram.api.error.ErrorWriter;
import engram.api.error.Failures;
import engram.api.openai.Tokens;
import engram.api.openai.completions.CompletionRequest.Prompted;
import engram.api.openai.completions.CompletionViews.Choice;
import engram.api.openai.completions.CompletionViews.Completion;
import engram.api.openai.completions.CompletionViews.LogProbs;
import engram.api.openai.local.LocalListener;
import engram.api.openai.local.LocalModels;
import engram.api.openai.local.LocalReply;
import engram.api.openai.local.LocalRequest;
import engram.api.openai.local.ScoredToken;
import engram.api.openai.models.ModelNames;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.api.sse.EventStream;
import engram.api.web.Client;
import engram.api.web.ClientWatch;
import engram.inference.Prompt;
import engram.inference.Usage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Requires(Verb.CHAT)
class CompletionsController {
  private final ModelNames names;
  private final LocalModels locals;
  private final JsonMapper json;
  private final ErrorWriter errors;

  CompletionsController(ModelNames names, LocalModels locals, JsonMapper json, ErrorWriter errors) {
    this.names = names;
    this.locals = locals;
    this.json = json;
    this.errors = errors;
  }

  /// @return null when the reply was streamed
  @PostMapping("/v1/completions")
  @Nullable Completion complete(
      Caller caller,
      @RequestBody CompletionRequest request,
      HttpServletRequest http,
      HttpServletResponse response) {
    LocalRequest asked = request.local(names.local(request.model()));
    List<Prompted> prompts = request.prompts();
    String id = "cmpl-" + UUID.randomUUID().toString().replace("-", "");
    long created = Instant.now().getEpochSecond();
    if (request.streamed()) {
      stream(caller, request, asked, prompts.getFirst(), id, created, response);
      return null;
    }
    List<Choice> choices = new ArrayList<>();
    Usage usage = new Usage(0, 0, 0, 0, 0);
    for (Prompted prompt : prompts) {
      LocalReply reply =
          ClientWatch.during(http, client -> said(caller, request, asked, prompt, client));
      choices.add(choice(request, prompt, reply, choices.size(), asked.model()));
      usage = sum(usage, reply.usage());
    }
    return Completion.of(id, created, asked.model(), choices, Tokens.of(usage));
  }

  private LocalReply said(
      Caller caller,
      CompletionRequest request,
      LocalRequest asked,
      Prompted prompt,
      Client client) {
    boolean scorePrompt = request.echoed() && request.scored();
    return request.readOnly()
        ? locals.read(caller, asked, read(prompt), scorePrompt, client)
        : locals.complete(caller, asked, read(prompt), scorePrompt, client, LocalListener.SILENT);
  }

  private static Prompt read(Prompted prompt) {
    return prompt.tokens() == null
        ? new Prompt.Text(prompt.text(), true, false)
        : new Prompt.Tokens(prompt.tokens());
  }

  private Choice choice(
      CompletionRequest request, Prompted prompt, LocalReply reply, int index, String model) {
    if (!request.echoed()) {
      return new Choice(
          reply.text(),
          index,
          request.scored() ? LogProbs.of(reply.scores(), 0) : null,
          reply.finishReason());
    }
    int[] tokens = prompt.tokens() == null ? locals.tokens(model, prompt.text()) : prompt.tokens();
    List<String> spelled = locals.spelled(model, tokens);
    String before = prompt.tokens() == null ? prompt.text() : String.join("", spelled);
    LogProbs scores = null;
    if (request.scored()) {
      List<ScoredToken> all = new ArrayList<>(reply.promptScores());
      all.addAll(reply.scores());
      scores = LogProbs.of(spelled.getFirst(), all);
    }
    return new Choice(before + reply.text(), index, scores, reply.finishReason());
  }

  private static Usage sum(Usage one, Usage other) {
    return new Usage(
        one.promptTokens() + other.promptTokens(),
        one.cachedTokens() + other.cachedTokens(),
        one.outputTokens() + other.outputTokens(),
        one.draftedTokens() + other.draftedTokens(),
        one.acceptedTokens() + other.acceptedTokens());
  }

  private void stream(
      Caller caller,
      CompletionRequest request,
      LocalRequest asked,
      Prompted prompt,
      String id,
      long created,
      HttpServletResponse response) {
    EventStream.serve(
        response,
        (events, failure) ->
            events.send(null, json.writeValueAsString(errors.openAi(Failures.of(failure)))),
        events -> {
          Pieces pieces = new Pieces(events, asked.model(), id, created);
          LocalReply reply = locals.complete(caller, asked, read(prompt), false, events, pieces);
          pieces.send(new Choice("", 0, null, reply.finishReason()));
          if (request.withUsage()) {
            pieces.send(List.of(), Tokens.of(reply.usage()));
          }
          events.send(null, "[DONE]");
        });
  }

  /// Writes what is said as events.
  private final class Pieces implements LocalListener {
    private final EventStream events;
    private final String model;
    private final String id;
    private final long created;
    private int chars;

    Pieces(EventStream events, String model, String id, long created) {
      this.events = events;
      this.model = model;
      this.id = id;
      this.created = created;
    }

    @Override
    public void text(String text, List<ScoredToken> scores) {
      send(new Choice(text, 0, scores.isEmpty() ? null : LogProbs.of(scores, chars), null));
      chars += text.length();
    }

    void send(Choice choice) {
      send(List.of(choice), null);
    }

    void send(List<Choice> choices, @Nullable Tokens usage) {
      events.send(null, json.writeValueAsString(Completion.of(id, created, model, choices, usage)));
    }
  }
}
