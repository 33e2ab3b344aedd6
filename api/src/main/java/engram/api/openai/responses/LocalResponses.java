package engram.api.openai.responses;

import engram.api.memory.RememberedTurn;
import engram.api.memory.TurnMemoryView;
import engram.api.openai.Extension;
import engram.api.openai.local.LocalListener;
import engram.api.openai.local.LocalModels;
import engram.api.openai.local.LocalReply;
import engram.api.openai.local.LocalRequest;
import engram.api.openai.local.ScoredToken;
import engram.api.openai.responses.InputItems.Input;
import engram.api.openai.responses.ResponseViews.FunctionCall;
import engram.api.openai.responses.ResponseViews.Message;
import engram.api.openai.responses.ResponseViews.OutputText;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.openai.responses.ResponseViews.Tokens;
import engram.api.security.Caller;
import engram.api.web.ClientWatch;
import engram.inference.FinishReason;
import engram.inference.chat.ToolCall;
import engram.memory.Turns;
import engram.retrieval.Answer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// Responses of models of this process: text, and calls of functions.
@Component
class LocalResponses {
  private final LocalModels models;
  private final Conversations conversations;
  private final ResponseDelivery delivery;
  private final JsonMapper json;

  LocalResponses(
      LocalModels models, Conversations conversations, ResponseDelivery delivery, JsonMapper json) {
    this.models = models;
    this.conversations = conversations;
    this.delivery = delivery;
    this.json = json;
  }

  /// @return null when the reply was streamed
  @Nullable ResponseView answer(
      Caller caller,
      ResponseRequest request,
      String model,
      Input input,
      Function<List<Turns.Line>, RememberedTurn> recall,
      HttpServletRequest http,
      HttpServletResponse response) {
    LocalRequest asked = request.local(model);
    LocalModels.Chat own =
        new LocalModels.Chat(
            conversations.continuedLocally(caller, request, input),
            request.functions(),
            request.switches());
    ResponseDraft draft = ResponseDraft.of(request);
    RememberedTurn turn = recall.apply(own.remembered());
    LocalModels.Chat chat = own.withNotes(turn.notes());
    if (!request.streamed()) {
      Items items = new Items(null);
      LocalReply reply =
          ClientWatch.during(http, client -> models.chat(caller, asked, chat, client, items));
      return delivery.save(
          caller, draft, input, turn, items.ended(draft, reply, turn.keep(reply.answer())));
    }
    delivery.stream(
        caller,
        draft,
        input,
        turn,
        response,
        writer -> {
          Items items = new Items(writer);
          LocalReply reply = models.chat(caller, asked, chat, writer.events(), items);
          // Of an answer that nobody waited for only the question is kept.
          String answer = writer.events().cancelled() ? "" : reply.answer();
          return items.ended(draft, reply, turn.keep(answer));
        });
    return null;
  }

  /// Makes items of what is said, and has them written where somebody watches.
  private final class Items implements LocalListener {
    private final @Nullable ResponseWriter writer;
    private final List<Object> items = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final List<ScoredToken> scores = new ArrayList<>();

    Items(@Nullable ResponseWriter writer) {
      this.writer = writer;
    }

    @Override
    public void text(String piece, List<ScoredToken> with) {
      // Line breaks between calls are no message.
      boolean said = !text.isEmpty() || !piece.isBlank() || items.isEmpty();
      if (said) {
        text.append(piece);
        scores.addAll(with);
        if (writer != null) {
          writer.text(piece, with);
        }
      }
    }

    @Override
    public void call(ToolCall call) {
      if (!text.isEmpty()) {
        endMessage("completed");
      }
      FunctionCall item =
          FunctionCall.of(Ids.of("fc"), call, json.writeValueAsString(call.arguments()));
      items.add(item);
      if (writer != null) {
        writer.call(item);
      }
    }

    private void endMessage(String status) {
      String id = writer == null ? Ids.of("msg") : writer.messageId();
      OutputText said =
          new OutputText("output_text", text.toString(), List.of(), List.copyOf(scores));
      Message message = Message.of(id, status, List.of(said));
      items.add(message);
      if (writer != null) {
        writer.endMessageAndGoOn(message);
      }
      text.setLength(0);
      scores.clear();
    }

    ResponseView ended(ResponseDraft draft, LocalReply reply, @Nullable TurnMemoryView memory) {
      boolean cut = reply.reason() == FinishReason.LENGTH;
      if (!text.isEmpty() || items.isEmpty()) {
        endMessage(cut ? "incomplete" : "completed");
      }
      return draft.ended(
          cut ? Answer.FinishReason.LENGTH : Answer.FinishReason.STOP,
          List.copyOf(items),
          Tokens.of(reply.usage()),
          Extension.of(null, memory));
    }
  }
}
