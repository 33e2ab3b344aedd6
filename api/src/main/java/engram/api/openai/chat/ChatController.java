package engram.api.openai.chat;

import engram.api.error.ErrorWriter;
import engram.api.error.Failures;
import engram.api.openai.Dialogue;
import engram.api.openai.FileSearch;
import engram.api.openai.Grounding;
import engram.api.openai.MeteredAnswers;
import engram.api.openai.PlainChat;
import engram.api.openai.Sampling;
import engram.api.openai.Tokens;
import engram.api.openai.chat.ChatViews.Call;
import engram.api.openai.chat.ChatViews.Choice;
import engram.api.openai.chat.ChatViews.Completion;
import engram.api.openai.chat.ChatViews.LogProbs;
import engram.api.openai.chat.ChatViews.Message;
import engram.api.openai.local.LocalListener;
import engram.api.openai.local.LocalModels;
import engram.api.openai.local.LocalReply;
import engram.api.openai.local.LocalRequest;
import engram.api.openai.models.ModelNames;
import engram.api.openai.models.Route;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.api.sse.EventStream;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.SearchPage;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Requires(Verb.CHAT)
class ChatController {
  private final MeteredAnswers answers;
  private final ModelNames names;
  private final LocalModels locals;
  private final Budgets budgets;
  private final JsonMapper json;
  private final ErrorWriter errors;

  ChatController(
      MeteredAnswers answers,
      ModelNames names,
      LocalModels locals,
      Budgets budgets,
      JsonMapper json,
      ErrorWriter errors) {
    this.answers = answers;
    this.names = names;
    this.locals = locals;
    this.budgets = budgets;
    this.json = json;
    this.errors = errors;
  }

  /// @return null when the reply was streamed
  @PostMapping("/v1/chat/completions")
  @Nullable Completion complete(
      Caller caller, @RequestBody ChatRequest request, HttpServletResponse response) {
    Route route = names.route(caller.access(), request.model(), request.tools());
    return switch (route) {
      case Route.Documents(FileSearch search) -> {
        request.refuseUnsupported();
        Dialogue dialogue = request.dialogue();
        Sampling sampling = request.sampling();
        sampling.checkForDocuments();
        AskRequest ask = dialogue.ask(search, sampling.maxTokens(), sampling.temperature());
        if (!request.streamed()) {
          yield whole(request, answers.ask(caller, ask));
        }
        stream(request, response, chunks -> ask(caller, ask, chunks));
        yield null;
      }
      case Route.Local(String name) -> local(caller, request, name, response);
      case Route.Model(String ignored, var model) -> {
        request.refuseUnsupported();
        Dialogue dialogue = request.dialogue();
        Sampling sampling = request.sampling();
        if (!request.streamed()) {
          yield whole(request, PlainChat.call(model, dialogue, sampling, spent(caller)));
        }
        stream(
            request,
            response,
            chunks -> {
              chunks.begin();
              PlainChat.Reply reply =
                  PlainChat.stream(
                      model, dialogue, sampling, chunks.events(), spent(caller), chunks::text);
              chunks.end(reply);
            });
        yield null;
      }
    };
  }

  private @Nullable Completion local(
      Caller caller, ChatRequest request, String name, HttpServletResponse response) {
    LocalRequest asked = request.local(name);
    LocalModels.Chat chat = request.localChat();
    if (!request.streamed()) {
      return whole(request, locals.chat(caller, asked, chat, null, LocalListener.SILENT));
    }
    stream(
        request,
        response,
        chunks -> chunks.end(locals.chat(caller, asked, chat, chunks.events(), chunks)));
    return null;
  }

  private LongConsumer spent(Caller caller) {
    return tokens -> budgets.spendTokens(caller, tokens);
  }

  private void ask(Caller caller, AskRequest ask, ChunkWriter chunks) {
    Answer answer =
        answers.ask(
            caller,
            ask,
            new Answerer.AnswerListener() {
              @Override
              public void onPassages(SearchPage passages) {
                chunks.begin();
              }

              @Override
              public void onText(String delta) {
                chunks.text(delta);
              }

              @Override
              public boolean cancelled() {
                return chunks.events().cancelled();
              }
            });
    chunks.end(answer);
  }

  private void stream(
      ChatRequest request, HttpServletResponse response, Consumer<ChunkWriter> body) {
    EventStream.serve(
        response,
        (events, failure) ->
            events.send(null, json.writeValueAsString(errors.openAi(Failures.of(failure)))),
        events -> {
          ChunkWriter chunks =
              new ChunkWriter(events, json, id(), String.valueOf(request.model()), request);
          body.accept(chunks);
        });
  }

  private static Completion whole(ChatRequest request, Answer answer) {
    return completion(
        request,
        new Message("assistant", answer.text(), null, ChatViews.annotations(answer), null),
        null,
        answer.finishReason().word(),
        Tokens.of(answer.usage().promptTokens(), answer.usage().answerTokens()),
        Grounding.of(answer));
  }

  private static Completion whole(ChatRequest request, PlainChat.Reply reply) {
    return completion(
        request,
        new Message("assistant", reply.text(), null, null, null),
        null,
        reply.finishReason().word(),
        Tokens.of(reply.promptTokens(), reply.answerTokens()),
        null);
  }

  private Completion whole(ChatRequest request, LocalReply reply) {
    List<Call> calls = reply.calls().stream().map(call -> Call.of(null, call, json)).toList();
    boolean silent = reply.text().isEmpty() && !calls.isEmpty();
    return completion(
        request,
        new Message(
            "assistant", silent ? null : reply.text(), null, null, calls.isEmpty() ? null : calls),
        LogProbs.of(reply.scores()),
        reply.finishReason(),
        Tokens.of(reply.usage()),
        null);
  }

  private static Completion completion(
      ChatRequest request,
      Message message,
      @Nullable LogProbs logprobs,
      String finishReason,
      Tokens usage,
      @Nullable Grounding grounding) {
    return new Completion(
        id(),
        "chat.completion",
        Instant.now().getEpochSecond(),
        String.valueOf(request.model()),
        List.of(new Choice(0, message, logprobs, finishReason)),
        usage,
        grounding);
  }

  private static String id() {
    return "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  }
}
