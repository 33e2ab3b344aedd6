package engram.api.cli;

import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineSettings.CacheType;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.Prompt;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.chat.ChatMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/// A model in this process.
final class EnginePartner implements ChatCommand.Partner {
  private static final int CONTEXT_TOKENS = 8192;
  private static final long CACHE_BYTES = 1L << 30;

  private final String name;
  private final Engine engine;

  EnginePartner(String name, Path path) {
    this.name = name;
    EngineSettings.Model model =
        new EngineSettings.Model(name, path, CONTEXT_TOKENS, CACHE_BYTES, CacheType.F16);
    engine =
        Engine.open(
            new EngineSettings(List.of(model), Long.MAX_VALUE / 2, ScheduleSettings.DEFAULT));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String answer(
      List<ChatCommand.Line> dialogue, ChatCommand.Manner manner, Consumer<String> piece) {
    List<ChatMessage> messages =
        dialogue.stream()
            .map(line -> new ChatMessage(line.role(), line.content(), List.of(), null, null))
            .toList();
    try {
      String prompt = engine.chat(name).prompt(messages, List.of(), Map.of());
      float temperature = manner.temperature().orElse(0.7).floatValue();
      GenerationRequest request =
          GenerationRequest.of(
              name,
              new Prompt.Dialogue(prompt),
              manner.maxTokens().orElse(CONTEXT_TOKENS),
              Sampling.at(temperature, ThreadLocalRandom.current().nextLong()));
      return said(request, piece);
    } catch (IllegalArgumentException | IllegalStateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new CommandException(String.valueOf(cause.getMessage()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted.");
    }
  }

  private String said(GenerationRequest request, Consumer<String> piece)
      throws InterruptedException {
    StringBuilder whole = new StringBuilder();
    try (Generation generation = engine.generate(request)) {
      while (true) {
        switch (generation.next()) {
          case GenerationEvent.Token token -> tell(token.text(), whole, piece);
          case GenerationEvent.PromptScored _ -> {}
          case GenerationEvent.End end -> {
            tell(end.text(), whole, piece);
            if (end.reason() != FinishReason.STOP && end.reason() != FinishReason.LENGTH) {
              throw new CommandException("The model failed: " + end.message());
            }
            return whole.toString();
          }
        }
      }
    }
  }

  private static void tell(String text, StringBuilder whole, Consumer<String> piece) {
    if (!text.isEmpty()) {
      whole.append(text);
      piece.accept(text);
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}
