package engram.api.openai.local;

import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.api.openai.RequestProblem;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.web.Client;
import engram.inference.Engine;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.Prompt;
import engram.inference.chat.ChatFormat;
import engram.inference.chat.ChatMessage;
import engram.inference.chat.ToolCallForm;
import engram.inference.chat.ToolCallReader;
import engram.memory.Role;
import engram.memory.Turns;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// Asks models of this process for callers, and charges their budgets with what was read and
/// written: exactly, and also where the caller went away before the end.
@Component
public class LocalModels {
  private final EngineModels models;
  private final Budgets budgets;

  LocalModels(EngineModels models, Budgets budgets) {
    this.models = models;
    this.budgets = budgets;
  }

  /// A dialogue that a model goes on with.
  ///
  /// @param switches of the model's chat template, such as `enable_thinking`
  public record Chat(List<ChatMessage> messages, ToolSet tools, Map<String, Object> switches) {
    public Chat {
      messages = List.copyOf(messages);
    }

    /// The lines as the memory room has them. Calls of functions and their results are steps to an
    /// answer: without them a request that goes on after a call asks what the first one asked.
    public List<Turns.Line> remembered() {
      List<Turns.Line> lines = new ArrayList<>();
      for (ChatMessage message : messages) {
        switch (message.role()) {
          case "system" -> lines.add(new Turns.Line(Role.SYSTEM, message.content()));
          case "user" -> lines.add(new Turns.Line(Role.USER, message.content()));
          case "assistant" -> {
            if (message.calls().isEmpty()) {
              lines.add(new Turns.Line(Role.ASSISTANT, message.content()));
            }
          }
          default -> {}
        }
      }
      return lines;
    }

    /// With what else the model is to know, in the application's own instructions: many chat
    /// templates take one system message, the first.
    public Chat withNotes(String notes) {
      if (notes.isEmpty()) {
        return this;
      }
      List<ChatMessage> more = new ArrayList<>(messages);
      if (!more.isEmpty() && more.getFirst().role().equals("system")) {
        more.set(0, ChatMessage.system(more.getFirst().content() + "\n\n" + notes));
      } else {
        more.addFirst(ChatMessage.system(notes));
      }
      return new Chat(more, tools, switches);
    }
  }

  /// @param client whose leaving cancels the answer
  /// @throws engram.retrieval.ModelException if the model refuses or fails
  public LocalReply chat(
      Caller caller, LocalRequest request, Chat chat, Client client, LocalListener listener) {
    return EngineFailures.told(() -> {
      Engine engine = models.with(request.model());
      ChatFormat format = engine.chat(request.model());
      ToolSet tools = chat.tools();
      if (!tools.tools().isEmpty() && format.toolCalls() == ToolCallForm.NONE) {
        throw RequestProblem.unsupported(
            "tools", "The chat template of '" + request.model() + "' has no calls of functions.");
      }
      Prompt prompt =
          new Prompt.Dialogue(format.prompt(chat.messages(), tools.tools(), chat.switches()));
      Spoken spoken = new Spoken(engine, request.model(), listener);
      if (!tools.forced().isEmpty()) {
        // What is held to JSON is the bare call, in whichever form the model would write it.
        spoken.calls(new ToolCallReader(ToolCallForm.LLAMA, LocalModels::callId), false);
        LocalRequest held = request.withFormat(tools.forcedFormat());
        return run(engine, caller, asked(caller, held, prompt), spoken, client);
      }
      if (!tools.tools().isEmpty()) {
        spoken.calls(format.reader(LocalModels::callId), tools.parallel()).marked(format);
      }
      return run(engine, caller, asked(caller, request, prompt), spoken, client);
    });
  }

  /// A text that a model goes on with.
  ///
  /// @param scorePrompt whether the prompt's tokens are scored too
  /// @throws engram.retrieval.ModelException if the model refuses or fails
  public LocalReply complete(
      Caller caller,
      LocalRequest request,
      Prompt prompt,
      boolean scorePrompt,
      Client client,
      LocalListener listener) {
    return EngineFailures.told(() -> {
      Engine engine = models.with(request.model());
      GenerationRequest asked = asked(caller, request, prompt);
      return run(
          engine,
          caller,
          scorePrompt ? asked.withScores(request.topLogProbs(), true) : asked,
          new Spoken(engine, request.model(), listener),
          client);
    });
  }

  /// Reads a text, and says nothing.
  ///
  /// @throws engram.retrieval.ModelException if the model refuses or fails
  public LocalReply read(
      Caller caller, LocalRequest request, Prompt prompt, boolean score, Client client) {
    return EngineFailures.told(() -> {
      Engine engine = models.with(request.model());
      GenerationRequest asked =
          GenerationRequest.of(request.model(), prompt, 0, engram.inference.Sampling.GREEDY)
              .withScores(score ? request.topLogProbs() : -1, score)
              .withCaller(
                  caller.tenant().toString(), request.options().priority(), deadline(request));
      return run(
          engine, caller, asked, new Spoken(engine, request.model(), LocalListener.SILENT), client);
    });
  }

  /// The tokens of a prompt.
  public int[] tokens(String model, String text) {
    return EngineFailures.told(
        () -> models.with(model).tokens(model, new Prompt.Text(text, true, false)));
  }

  /// Tokens as they are written in logprobs.
  public List<String> spelled(String model, int[] tokens) {
    return EngineFailures.told(
        () -> models.with(model).spelled(model, tokens).stream().map(ScoredToken::text).toList());
  }

  private LocalReply run(
      Engine engine, Caller caller, GenerationRequest request, Spoken spoken, Client client)
      throws InterruptedException {
    try (Generation generation = engine.generate(request)) {
      client.onCancel(generation::cancel);
      while (true) {
        switch (generation.next()) {
          case GenerationEvent.PromptScored(var scores) -> spoken.prompt(scores);
          case GenerationEvent.Token token -> {
            spoken.token(token);
            if (spoken.enough()) {
              generation.cancel();
            }
          }
          case GenerationEvent.End end -> {
            budgets.spendTokens(
                caller, (long) end.usage().promptTokens() + end.usage().outputTokens());
            boolean stopped = spoken.enough() || client.cancelled();
            return spoken.end(stopped ? end : EngineFailures.checked(end));
          }
        }
      }
    }
  }

  private GenerationRequest asked(Caller caller, LocalRequest request, Prompt prompt) {
    int contextTokens = models.contextTokens(request.model());
    Integer maxTokens = request.sampling().maxTokens();
    GenerationRequest asked =
        GenerationRequest.of(
                request.model(),
                prompt,
                maxTokens == null ? contextTokens : Math.min(maxTokens, contextTokens),
                request.sampling().ofEngine())
            .withStops(request.sampling().stop())
            .withFormat(request.format())
            .withScores(request.topLogProbs(), false)
            .withChoice(request.options().methods())
            .withCaller(
                caller.tenant().toString(), request.options().priority(), deadline(request));
    // The engine must know those that a processor reads along with.
    asked.processors().stream()
        .flatMap(processor -> processor.companions().stream())
        .forEach(models::with);
    return asked;
  }

  /// The server's own bound holds whatever the request says.
  private Instant deadline(LocalRequest request) {
    Duration most = models.settings().timeout();
    Duration asked = Objects.requireNonNullElse(request.options().timeout(), most);
    return Instant.now().plus(asked.compareTo(most) < 0 ? asked : most);
  }

  private static String callId() {
    return "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
  }
}
