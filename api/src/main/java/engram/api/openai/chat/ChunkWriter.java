package engram.api.openai.chat;

import engram.api.memory.TurnMemoryView;
import engram.api.openai.Extension;
import engram.api.openai.Grounding;
import engram.api.openai.PlainChat;
import engram.api.openai.Tokens;
import engram.api.openai.chat.ChatViews.Annotation;
import engram.api.openai.chat.ChatViews.Call;
import engram.api.openai.chat.ChatViews.Chunk;
import engram.api.openai.chat.ChatViews.ChunkChoice;
import engram.api.openai.chat.ChatViews.Delta;
import engram.api.openai.chat.ChatViews.LogProbs;
import engram.api.openai.local.LocalListener;
import engram.api.openai.local.LocalReply;
import engram.api.openai.local.ScoredToken;
import engram.api.sse.EventStream;
import engram.inference.chat.ToolCall;
import engram.retrieval.Answer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Writes one answer as `chat.completion.chunk` events.
final class ChunkWriter implements LocalListener {
  private final EventStream events;
  private final JsonMapper json;
  private final String id;
  private final String model;
  private final boolean withUsage;
  private final long created = Instant.now().getEpochSecond();
  private boolean begun;
  private boolean hasText;
  private int calls;

  ChunkWriter(EventStream events, JsonMapper json, String id, String model, ChatRequest request) {
    this.events = events;
    this.json = json;
    this.id = id;
    this.model = model;
    this.withUsage = request.withUsage();
  }

  EventStream events() {
    return events;
  }

  /// The first chunk says who speaks. Sending it twice does nothing.
  void begin() {
    if (!begun) {
      begun = true;
      send(new Delta("assistant", "", null, null), null, null);
    }
  }

  void text(String delta) {
    begin();
    if (!delta.isEmpty()) {
      hasText = true;
      send(Delta.text(delta), null, null);
    }
  }

  @Override
  public void text(String delta, List<ScoredToken> scores) {
    begin();
    write(new ChunkChoice(0, Delta.text(delta), LogProbs.of(scores), null), null);
  }

  @Override
  public void call(ToolCall call) {
    begin();
    send(new Delta(null, null, null, List.of(Call.of(calls++, call, json))), null, null);
  }

  void end(Answer answer, @Nullable TurnMemoryView memory) {
    if (!hasText) {
      text(answer.text());
    }
    List<Annotation> annotations = ChatViews.annotations(answer);
    send(
        new Delta(null, null, annotations.isEmpty() ? null : annotations, null),
        answer.finishReason().word(),
        Extension.of(Grounding.of(answer), memory));
    end(Tokens.of(answer.usage().promptTokens(), answer.usage().answerTokens()));
  }

  void end(PlainChat.Reply reply, @Nullable TurnMemoryView memory) {
    begin();
    send(
        new Delta(null, null, null, null), reply.finishReason().word(), Extension.of(null, memory));
    end(Tokens.of(reply.promptTokens(), reply.answerTokens()));
  }

  void end(LocalReply reply, @Nullable TurnMemoryView memory) {
    begin();
    send(new Delta(null, null, null, null), reply.finishReason(), Extension.of(null, memory));
    end(Tokens.of(reply.usage()));
  }

  private void end(Tokens usage) {
    if (withUsage) {
      write(new Chunk(id, "chat.completion.chunk", created, model, List.of(), usage, null));
    }
    events.send(null, "[DONE]");
  }

  private void send(Delta delta, @Nullable String finishReason, @Nullable Extension extension) {
    write(new ChunkChoice(0, delta, null, finishReason), extension);
  }

  private void write(ChunkChoice choice, @Nullable Extension extension) {
    write(new Chunk(id, "chat.completion.chunk", created, model, List.of(choice), null, extension));
  }

  private void write(Chunk chunk) {
    events.send(null, json.writeValueAsString(chunk));
  }
}
