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
import engram.api.web.ClientWatch;
import engram.memory.Turns;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.SearchPage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
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
  private final LocalModels locals;
  private final Budgets budgets;
  private final JsonMapper json;
  private final ErrorWriter errors;
  private final TurnMemory memory;

  ChatController(
      TurnMemory memory,
      MeteredAnswers answers,
      ModelNames names,
      LocalModels locals,
      Budgets budgets,
      JsonMapper json,
      ErrorWriter errors) {
    this.memory = memory;
    this.answers = answers;
    this.names = names;
    this.locals = locals;
    this.budgets = budgets;
    this.json = json;
    this.errors = errors;
  }

  /// Everything that is known before the answer begins.
  private record Work(
      Caller caller,
      ChatRequest request,
      Dialogue dialogue,
      Sampling sampling,
      RememberedTurn turn) {}

  /// @return null when the reply was streamed
  @PostMapping("/v1/chat/completions")
  @Nullable Completion complete(
      Caller caller,
      @RequestBody ChatRequest request,
      @RequestHeader(name = TurnMemory.HEADER, required = false) @Nullable String memoryHeader,
      HttpServletRequest http,
      HttpServletResponse response) {
    Route route = names.route(caller.access(), request.model(), request.tools());
    Function<List<Turns.Line>, RememberedTurn> recall =
        said -> memory.begin(caller, request.engram(), memoryHeader, http, said);
    return switch (route) {
      case Route.Documents(FileSearch search) ->
          fromDocuments(work(caller, request, recall), search, response);
      case Route.Model plain -> fromModel(work(caller, request, recall), plain, response);
      case Route.Local(String name) -> local(caller, request, name, recall, http, response);
    };
  }

  /// For documents, and for models on other servers.
  private static Work work(
      Caller caller, ChatRequest request, Function<List<Turns.Line>, RememberedTurn> recall) {
    request.refuseUnsupported();
    Sampling sampling = request.sampling();
    Dialogue own = request.dialogue();
    RememberedTurn turn = recall.apply(own.remembered());
    return new Work(caller, request, own.withNotes(turn.notes()), sampling, turn);
  }

  private @Nullable Completion fromDocuments(
      Work work, FileSearch search, HttpServletResponse response) {
    work.sampling().checkForDocuments();
    AskRequest ask =
        work.dialogue().ask(search, work.sampling().maxTokens(), work.sampling().temperature());
    if (!work.request().streamed()) {
      Answer answer = answers.ask(work.caller(), ask);
      return whole(work.request(), answer, work.turn().keep(answer.text()));
    }
    stream(work.request(), response, chunks -> ask(work.caller(), ask, work.turn(), chunks));
    return null;
  }

  private @Nullable Completion fromModel(
      Work work, Route.Model route, HttpServletResponse response) {
    LongConsumer spent = tokens -> budgets.spendTokens(work.caller(), tokens);
    if (!work.request().streamed()) {
      PlainChat.Reply reply = PlainChat.call(route.chat(), work.dialogue(), work.sampling(), spent);
      return whole(work.request(), reply, work.turn().keep(reply.text()));
    }
    stream(
        work.request(),
        response,
        chunks -> {
          chunks.begin();
          PlainChat.Reply reply =
              PlainChat.stream(
                  route.chat(),
                  work.dialogue(),
                  work.sampling(),
                  chunks.events(),
                  spent,
                  chunks::text);
          chunks.end(reply, keep(work.turn(), chunks, reply.text()));
        });
    return null;
  }

  private @Nullable Completion local(
      Caller caller,
      ChatRequest request,
      String name,
      Function<List<Turns.Line>, RememberedTurn> recall,
      HttpServletRequest http,
      HttpServletResponse response) {
    LocalRequest asked = request.local(name);
    LocalModels.Chat own = request.localChat();
    RememberedTurn turn = recall.apply(own.remembered());
    LocalModels.Chat chat = own.withNotes(turn.notes());
    if (!request.streamed()) {
      LocalReply reply =
          ClientWatch.during(
              http, client -> locals.chat(caller, asked, chat, client, LocalListener.SILENT));
      return whole(request, reply, turn.keep(reply.answer()));
    }
    stream(
        request,
        response,
        chunks -> {
          LocalReply reply = locals.chat(caller, asked, chat, chunks.events(), chunks);
          chunks.end(reply, keep(turn, chunks, reply.answer()));
        });
    return null;
  }

  /// Of an answer that nobody waited for only the question is kept.
  private static @Nullable TurnMemoryView keep(
      RememberedTurn turn, ChunkWriter chunks, String answer) {
    return turn.keep(chunks.events().cancelled() ? "" : answer);
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

  private static Completion whole(
      ChatRequest request, Answer answer, @Nullable TurnMemoryView memory) {
    return completion(
        request,
        new Message("assistant", answer.text(), null, ChatViews.annotations(answer), null),
        null,
        answer.finishReason().word(),
        Tokens.of(answer.usage().promptTokens(), answer.usage().answerTokens()),
        Extension.of(Grounding.of(answer), memory));
  }

  private static Completion whole(
      ChatRequest request, PlainChat.Reply reply, @Nullable TurnMemoryView memory) {
    return completion(
        request,
        new Message("assistant", reply.text(), null, null, null),
        null,
        reply.finishReason().word(),
        Tokens.of(reply.promptTokens(), reply.answerTokens()),
        Extension.of(null, memory));
  }

  private Completion whole(ChatRequest request, LocalReply reply, @Nullable TurnMemoryView memory) {
    List<Call> calls = reply.calls().stream().map(call -> Call.of(null, call, json)).toList();
    boolean silent = reply.text().isEmpty() && !calls.isEmpty();
    return completion(
        request,
        new Message(
            "assistant", silent ? null : reply.text(), null, null, calls.isEmpty() ? null : calls),
        LogProbs.of(reply.scores()),
        reply.finishReason(),
        Tokens.of(reply.usage()),
        Extension.of(null, memory));
  }

  private static Completion completion(
      ChatRequest request,
      Message message,
      @Nullable LogProbs logprobs,
      String finishReason,
      Tokens usage,
      @Nullable Extension extension) {
    return new Completion(
        id(),
        "chat.completion",
        Instant.now().getEpochSecond(),
        String.valueOf(request.model()),
        List.of(new Choice(0, message, logprobs, finishReason)),
        usage,
        extension);
  }

  private static String id() {
    return "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  }
}
