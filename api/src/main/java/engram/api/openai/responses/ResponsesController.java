package engram.api.openai.responses;

import engram.api.memory.RememberedTurn;
import engram.api.memory.TurnMemory;
import engram.api.memory.TurnMemoryView;
import engram.api.openai.Cursors;
import engram.api.openai.Dialogue;
import engram.api.openai.Extension;
import engram.api.openai.FileSearch;
import engram.api.openai.Grounding;
import engram.api.openai.ListView;
import engram.api.openai.MeteredAnswers;
import engram.api.openai.PlainChat;
import engram.api.openai.RequestProblem;
import engram.api.openai.Sampling;
import engram.api.openai.models.ModelNames;
import engram.api.openai.models.Route;
import engram.api.openai.responses.InputItems.Input;
import engram.api.openai.responses.ResponseViews.Deleted;
import engram.api.openai.responses.ResponseViews.FileCitation;
import engram.api.openai.responses.ResponseViews.Message;
import engram.api.openai.responses.ResponseViews.OutputText;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.openai.responses.ResponseViews.Result;
import engram.api.openai.responses.ResponseViews.SearchCall;
import engram.api.openai.responses.ResponseViews.Tokens;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.Turns;
import engram.retrieval.Answer;
import engram.retrieval.Answer.FinishReason;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.Page;
import engram.retrieval.SearchPage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@RequestMapping("/v1/responses")
@Requires(Verb.CHAT)
class ResponsesController {
  private final MeteredAnswers answers;
  private final ModelNames names;
  private final Conversations conversations;
  private final ResponseStore store;
  private final LocalResponses locals;
  private final ResponseDelivery delivery;
  private final Budgets budgets;
  private final TurnMemory memory;

  ResponsesController(
      TurnMemory memory,
      MeteredAnswers answers,
      ModelNames names,
      Conversations conversations,
      ResponseStore store,
      LocalResponses locals,
      ResponseDelivery delivery,
      Budgets budgets) {
    this.memory = memory;
    this.answers = answers;
    this.names = names;
    this.conversations = conversations;
    this.store = store;
    this.locals = locals;
    this.delivery = delivery;
    this.budgets = budgets;
  }

  /// Everything that is known before the answer begins.
  private record Work(
      Caller caller,
      ResponseDraft draft,
      Input input,
      Dialogue dialogue,
      Sampling sampling,
      RememberedTurn turn) {
    ResponseRequest request() {
      return draft.request();
    }
  }

  /// @return null when the reply was streamed
  @PostMapping
  @Nullable ResponseView create(
      Caller caller,
      @RequestBody ResponseRequest request,
      @RequestHeader(name = TurnMemory.HEADER, required = false) @Nullable String memoryHeader,
      HttpServletRequest http,
      HttpServletResponse response) {
    Route route = names.route(caller.access(), request.model(), request.tools());
    Input input = InputItems.read(request.input());
    Function<List<Turns.Line>, RememberedTurn> recall =
        said -> memory.begin(caller, request.engram(), memoryHeader, http, said);
    return switch (route) {
      case Route.Documents(FileSearch search) ->
          fromDocuments(work(caller, request, input, recall), search, response);
      case Route.Model plain -> fromModel(work(caller, request, input, recall), plain, response);
      case Route.Local(String name) ->
          locals.answer(caller, request, name, input, recall, http, response);
    };
  }

  /// For documents, and for models on other servers.
  private Work work(
      Caller caller,
      ResponseRequest request,
      Input input,
      Function<List<Turns.Line>, RememberedTurn> recall) {
    request.refuseUnsupported();
    input.refuseCalls();
    Sampling sampling = request.sampling();
    Dialogue own = conversations.continued(caller, request, input);
    RememberedTurn turn = recall.apply(own.remembered());
    return new Work(
        caller, ResponseDraft.of(request), input, own.withNotes(turn.notes()), sampling, turn);
  }

  private @Nullable ResponseView fromDocuments(
      Work work, FileSearch search, HttpServletResponse response) {
    work.sampling().checkForDocuments();
    AskRequest ask =
        work.dialogue().ask(search, work.sampling().maxTokens(), work.sampling().temperature());
    if (!work.request().streamed()) {
      Answer answer = answers.ask(work.caller(), ask);
      SearchCall call = call(work, Ids.of("fs"), ask, answer.passages());
      TurnMemoryView kept = work.turn().keep(answer.text());
      return save(work, ended(work, call, message(Ids.of("msg"), answer), answer, kept));
    }
    names.check(work.caller().access(), search);
    stream(work, response, writer -> streamAnswer(work, ask, writer));
    return null;
  }

  private ResponseView streamAnswer(Work work, AskRequest ask, ResponseWriter writer) {
    writer.beginSearch(ask.question());
    Answer answer =
        answers.ask(
            work.caller(),
            ask,
            new Answerer.AnswerListener() {
              @Override
              public void onPassages(SearchPage passages) {
                writer.endSearch(call(work, writer.searchId(), ask, passages));
              }

              @Override
              public void onText(String delta) {
                writer.text(delta);
              }

              @Override
              public boolean cancelled() {
                return writer.events().cancelled();
              }
            });
    SearchCall call = call(work, writer.searchId(), ask, answer.passages());
    writer.endSearch(call);
    if (!writer.hasText()) {
      writer.text(answer.text());
    }
    Message message = message(writer.messageId(), answer);
    writer.endMessage(message);
    return ended(work, call, message, answer, keep(work, writer, answer.text()));
  }

  private @Nullable ResponseView fromModel(
      Work work, Route.Model route, HttpServletResponse response) {
    if (!work.request().streamed()) {
      PlainChat.Reply reply =
          PlainChat.call(route.chat(), work.dialogue(), work.sampling(), spent(work));
      return save(work, ended(work, Ids.of("msg"), reply, work.turn().keep(reply.text())));
    }
    stream(
        work,
        response,
        writer -> {
          PlainChat.Reply reply =
              PlainChat.stream(
                  route.chat(),
                  work.dialogue(),
                  work.sampling(),
                  writer.events(),
                  spent(work),
                  writer::text);
          writer.endMessage(message(writer.messageId(), reply));
          return ended(work, writer.messageId(), reply, keep(work, writer, reply.text()));
        });
    return null;
  }

  /// Of an answer that nobody waited for only the question is kept.
  private static @Nullable TurnMemoryView keep(Work work, ResponseWriter writer, String answer) {
    return work.turn().keep(writer.events().cancelled() ? "" : answer);
  }

  private LongConsumer spent(Work work) {
    return tokens -> budgets.spendTokens(work.caller(), tokens);
  }

  private void stream(Work work, HttpServletResponse response, ResponseDelivery.Streamed body) {
    delivery.stream(
        work.caller(),
        work.draft(),
        work.input(),
        work.turn(),
        response,
        writer -> {
          writer.begin();
          return body.write(writer);
        });
  }

  private ResponseView save(Work work, ResponseView response) {
    return delivery.save(work.caller(), work.draft(), work.input(), work.turn(), response);
  }

  private static ResponseView ended(
      Work work, SearchCall call, Message message, Answer answer, @Nullable TurnMemoryView memory) {
    return work.draft()
        .ended(
            answer.finishReason(),
            List.of(call, message),
            Tokens.of(answer.usage().promptTokens(), answer.usage().answerTokens()),
            Extension.of(Grounding.of(answer), memory));
  }

  private static ResponseView ended(
      Work work, String messageId, PlainChat.Reply reply, @Nullable TurnMemoryView memory) {
    return work.draft()
        .ended(
            reply.finishReason(),
            List.of(message(messageId, reply)),
            Tokens.of(reply.promptTokens(), reply.answerTokens()),
            Extension.of(null, memory));
  }

  private static SearchCall call(Work work, String id, AskRequest ask, SearchPage found) {
    return SearchCall.of(
        id, "completed", ask.question(), work.request().withResults() ? Result.of(found) : null);
  }

  private static Message message(String id, Answer answer) {
    return Message.of(
        id,
        status(answer.finishReason()),
        List.of(OutputText.of(answer.text(), FileCitation.of(answer))));
  }

  private static Message message(String id, PlainChat.Reply reply) {
    return Message.of(
        id, status(reply.finishReason()), List.of(OutputText.of(reply.text(), List.of())));
  }

  private static String status(FinishReason reason) {
    return reason == FinishReason.STOP ? "completed" : "incomplete";
  }

  @GetMapping("/{id}")
  JsonNode get(
      Caller caller,
      @PathVariable String id,
      @RequestParam(required = false) @Nullable Boolean stream) {
    if (Boolean.TRUE.equals(stream)) {
      throw RequestProblem.unsupported("stream", "A stored response cannot be streamed again.");
    }
    return store.get(caller, id).response();
  }

  @DeleteMapping("/{id}")
  Deleted delete(Caller caller, @PathVariable String id) {
    store.delete(caller, id);
    return new Deleted(id, "response", true);
  }

  @PostMapping("/{id}/cancel")
  ResponseView cancel(Caller caller, @PathVariable String id) {
    store.get(caller, id);
    throw RequestProblem.of(
        400,
        "not_in_background",
        "response_id",
        "Only a response that runs in the background can be cancelled; close the connection of a"
            + " streamed one instead.");
  }

  @GetMapping("/{id}/input_items")
  ListView<JsonNode> inputItems(
      Caller caller,
      @PathVariable String id,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable String after) {
    Page.Cursor cursor = Cursors.read(limit, order, after, null);
    List<JsonNode> items = new ArrayList<>();
    store.get(caller, id).input().forEach(items::add);
    if (!cursor.ascending()) {
      Collections.reverse(items);
    }
    int from = 0;
    if (after != null) {
      List<String> ids = items.stream().map(ResponsesController::itemId).toList();
      if (!ids.contains(after)) {
        throw RequestProblem.invalid("after", "There is no item '" + after + "' here.");
      }
      from = ids.indexOf(after) + 1;
    }
    int to = Math.min(items.size(), from + cursor.limit());
    return ListView.of(
        new Page<>(items.subList(from, to), to < items.size()),
        ResponsesController::itemId,
        item -> item);
  }

  private static String itemId(JsonNode item) {
    return item.path("id").asString("");
  }
}
