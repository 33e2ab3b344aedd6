package engram.api.openai.chat;

import engram.api.error.ErrorWriter;
import engram.api.error.Failures;
import engram.api.memory.RememberedTurn;
import engram.api.memory.TurnMemory;
import engram.api.memory.TurnMemoryView;
import engram.api.openai.Dialogue;
import engram.api.openai.Extension;
import engram.api.openai.FileSearch;
import engram.api.openai.Grounding;
import engram.api.openai.MeteredAnswers;
import engram.api.openai.PlainChat;
import engram.api.openai.Sampling;
import engram.api.openai.chat.ChatViews.Choice;
import engram.api.openai.chat.ChatViews.Completion;
import engram.api.openai.chat.ChatViews.Message;
import engram.api.openai.chat.ChatViews.Tokens;
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
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Requires(Verb.CHAT)
class ChatController {
  private final MeteredAnswers answers;
  private final ModelNames names;
  private final Budgets budgets;
  private final JsonMapper json;
  private final ErrorWriter errors;
  private final TurnMemory memory;

  ChatController(
      TurnMemory memory,
      MeteredAnswers answers,
      ModelNames names,
      Budgets budgets,
      JsonMapper json,
      ErrorWriter errors) {
    this.memory = memory;
    this.answers = answers;
    this.names = names;
    this.budgets = budgets;
    this.json = json;
    this.errors = errors;
  }

  /// @return null when the reply was streamed
  @PostMapping("/v1/chat/completions")
  @Nullable Completion complete(
      Caller caller,
      @RequestBody ChatRequest request,
      @RequestHeader(name = TurnMemory.HEADER, required = false) @Nullable String memoryHeader,
      HttpServletRequest http,
      HttpServletResponse response) {
    request.refuseUnsupported();
    Sampling sampling = request.sampling();
    Route route = names.route(caller.access(), request.model(), FileSearch.read(request.tools()));
    Dialogue own = request.dialogue();
    RememberedTurn turn =
        memory.begin(caller, request.engram(), memoryHeader, http, own.remembered());
    Dialogue dialogue = own.withNotes(turn.notes());
    return switch (route) {
      case Route.Documents(FileSearch search) -> {
        sampling.checkForDocuments();
        AskRequest ask = dialogue.ask(search, sampling.maxTokens(), sampling.temperature());
        if (!request.streamed()) {
          Answer answer = answers.ask(caller, ask);
          yield whole(request, answer, turn.keep(answer.text()));
        }
        stream(request, response, chunks -> ask(caller, ask, turn, chunks));
        yield null;
      }
      case Route.Model(String ignored, var model) -> {
        if (!request.streamed()) {
          PlainChat.Reply reply = PlainChat.call(model, dialogue, sampling, spent(caller));
          yield whole(request, reply, turn.keep(reply.text()));
        }
        stream(
            request,
            response,
            chunks -> {
              chunks.begin();
              PlainChat.Reply reply =
                  PlainChat.stream(
                      model, dialogue, sampling, chunks.events(), spent(caller), chunks::text);
              chunks.end(reply, keep(turn, chunks, reply.text()));
            });
        yield null;
      }
    };
  }

  /// Of an answer that nobody waited for only the question is kept.
  private static @Nullable TurnMemoryView keep(
      RememberedTurn turn, ChunkWriter chunks, String answer) {
    return turn.keep(chunks.events().cancelled() ? "" : answer);
  }

  private LongConsumer spent(Caller caller) {
    return tokens -> budgets.spendTokens(caller, tokens);
  }

  private void ask(Caller caller, AskRequest ask, RememberedTurn turn, ChunkWriter chunks) {
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
    chunks.end(answer, keep(turn, chunks, answer.text()));
  }

  private void stream(
      ChatRequest request,
      HttpServletResponse response,
      java.util.function.Consumer<ChunkWriter> body) {
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

  private static Completion whole(
      ChatRequest request, Answer answer, @Nullable TurnMemoryView memory) {
    return completion(
        request,
        new Message("assistant", answer.text(), null, ChatViews.annotations(answer)),
        answer.finishReason().word(),
        Tokens.of(answer.usage().promptTokens(), answer.usage().answerTokens()),
        Extension.of(Grounding.of(answer), memory));
  }

  private static Completion whole(
      ChatRequest request, PlainChat.Reply reply, @Nullable TurnMemoryView memory) {
    return completion(
        request,
        new Message("assistant", reply.text(), null, null),
        reply.finishReason().word(),
        Tokens.of(reply.promptTokens(), reply.answerTokens()),
        Extension.of(null, memory));
  }

  private static Completion completion(
      ChatRequest request,
      Message message,
      String finishReason,
      Tokens usage,
      @Nullable Extension extension) {
    return new Completion(
        id(),
        "chat.completion",
        Instant.now().getEpochSecond(),
        String.valueOf(request.model()),
        List.of(new Choice(0, message, null, finishReason)),
        usage,
        extension);
  }

  private static String id() {
    return "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  }
}
