package engram.api.engine;

import engram.db.Scope;
import engram.db.TenantScope;
import engram.inference.Engine;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.Priority;
import engram.inference.Prompt.Dialogue;
import engram.inference.Sampling;
import engram.inference.Usage;
import engram.inference.chat.ChatMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// A model of this process as Spring AI sees chat models.
///
/// Who asks is read from the [TenantScope] of the thread that calls: tenants share fairly, and see
/// nothing of each other's prefixes. A call without a tenant shares with nobody.
///
/// Threads: any. A stream waits for the model in a virtual thread of its own.
///
/// @param timeout of one request, waiting included
public record EngineChatModel(EngineModels models, String name, Duration timeout)
    implements ChatModel {
  private static final Scheduler WAITING =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());

  @Override
  public ChatResponse call(Prompt prompt) {
    Caller caller = Caller.current();
    return EngineFailures.told(() -> {
      try (Generation generation = begin(prompt, caller)) {
        StringBuilder text = new StringBuilder();
        while (true) {
          switch (generation.next()) {
            case GenerationEvent.Token token -> text.append(token.text());
            case GenerationEvent.PromptScored _ -> {}
            case GenerationEvent.End end -> {
              EngineFailures.checked(end);
              return response(text + end.text(), end);
            }
          }
        }
      }
    });
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    Caller caller = Caller.current();
    return Flux.defer(
            () -> {
              Generation generation = EngineFailures.told(() -> begin(prompt, caller));
              return pieces(generation).doOnCancel(generation::cancel);
            })
        .subscribeOn(WAITING);
  }

  private Flux<ChatResponse> pieces(Generation generation) {
    return Flux.generate(
        () -> generation,
        (state, sink) -> {
          switch (EngineFailures.told(() -> nextTold(state))) {
            case GenerationEvent.Token token -> sink.next(response(token.text(), null));
            case GenerationEvent.PromptScored _ -> sink.next(response("", null));
            case GenerationEvent.End end -> {
              sink.next(response(end.text(), EngineFailures.checked(end)));
              sink.complete();
            }
          }
          return state;
        },
        Generation::close);
  }

  /// Tokens without text (pieces of characters, an end that is held back) are nothing to tell.
  private static GenerationEvent nextTold(Generation generation) throws InterruptedException {
    while (true) {
      GenerationEvent event = generation.next();
      if (!(event instanceof GenerationEvent.Token token) || !token.text().isEmpty()) {
        return event;
      }
    }
  }

  private Generation begin(Prompt prompt, Caller caller) throws InterruptedException {
    Engine engine = models.with(name);
    ChatOptions options = Objects.requireNonNullElseGet(prompt.getOptions(), this::getOptions);
    String text = engine.chat(name).prompt(messages(prompt.getInstructions()), List.of(), Map.of());
    int maxTokens =
        options.getMaxTokens() == null ? models.contextTokens(name) : options.getMaxTokens();
    GenerationRequest request =
        GenerationRequest.of(name, new Dialogue(text), maxTokens, sampling(options))
            .withStops(Objects.requireNonNullElse(options.getStopSequences(), List.<String>of()))
            .withCaller(caller.tenant(), Priority.NORMAL, Instant.now().plus(timeout));
    return engine.generate(caller.known() ? request : request.withDraft(false));
  }

  private static Sampling sampling(ChatOptions options) {
    float temperature = number(options.getTemperature(), 1);
    return Sampling.at(temperature, ThreadLocalRandom.current().nextLong())
        .withTopK(options.getTopK() == null ? 0 : options.getTopK())
        .withTopP(number(options.getTopP(), 1))
        .withPenalties(
            1, number(options.getPresencePenalty(), 0), number(options.getFrequencyPenalty(), 0));
  }

  private static float number(@Nullable Double value, float otherwise) {
    return value == null ? otherwise : value.floatValue();
  }

  private static List<ChatMessage> messages(List<Message> messages) {
    List<ChatMessage> read = new ArrayList<>();
    for (Message message : messages) {
      String text = Objects.requireNonNullElse(message.getText(), "");
      switch (message.getMessageType()) {
        case SYSTEM -> read.add(ChatMessage.system(text));
        case USER -> read.add(ChatMessage.user(text));
        case ASSISTANT -> read.add(ChatMessage.assistant(text));
        case TOOL -> {
          for (var result : ((ToolResponseMessage) message).getResponses()) {
            read.add(ChatMessage.result(result.id(), result.name(), result.responseData()));
          }
        }
      }
    }
    return read;
  }

  @Override
  public ChatOptions getOptions() {
    return ChatOptions.builder().model(name).build();
  }

  private ChatResponse response(String text, GenerationEvent.@Nullable End end) {
    ChatResponseMetadata.Builder about = ChatResponseMetadata.builder().model(name);
    ChatGenerationMetadata ended = ChatGenerationMetadata.NULL;
    if (end != null) {
      Usage usage = end.usage();
      about.usage(
          new DefaultUsage(
              usage.promptTokens(),
              usage.outputTokens(),
              usage.promptTokens() + usage.outputTokens(),
              usage,
              (long) usage.cachedTokens(),
              null));
      ended =
          ChatGenerationMetadata.builder().finishReason(EngineFailures.word(end.reason())).build();
    }
    return new ChatResponse(
        List.of(
            new org.springframework.ai.chat.model.Generation(new AssistantMessage(text), ended)),
        about.build());
  }

  /// Who asks.
  ///
  /// @param tenant one that nobody else has where it is not known
  private record Caller(String tenant, boolean known) {
    static Caller current() {
      return TenantScope.current() instanceof Scope.Tenant(UUID id)
          ? new Caller(id.toString(), true)
          : new Caller(UUID.randomUUID().toString(), false);
    }
  }
}
