package engram.api.cli;

import engram.api.engine.ModelFiles;
import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineSettings.CacheType;
import engram.inference.EngineStatus;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.Prompt;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// `models bench`: how many tokens a second a model reads and writes here, alone on the machine.
///
/// Prompts are random tokens, other ones in each round, so nothing is reused; nothing is guessed
/// ahead. Decoding is timed from the first token that came, so the prompt is not in it. A round
/// before the first warms up.
final class ModelBench {
  private static final int SEED = 42;
  private static final int TOKENS_MAX = 1 << 20;
  private static final long CACHE_BYTES_MAX = 64L << 30;

  private final int promptTokens;
  private final int outputTokens;
  private final int rounds;
  private final CacheType cacheType;
  private final Path folder;
  private final PrintStream out;
  private final Random random = new Random(SEED);

  ModelBench(CommandOptions options, Path folder, PrintStream out) {
    promptTokens = options.number("--prompt", 512, 1, TOKENS_MAX);
    outputTokens = options.number("--output", 128, 2, TOKENS_MAX);
    rounds = options.number("--rounds", 3, 1, 100);
    cacheType = cacheType(options.value("--cache-type").orElse("f16"));
    this.folder = folder;
    this.out = out;
  }

  private static CacheType cacheType(String name) {
    return Arrays.stream(CacheType.values())
        .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> new Misuse("--cache-type is f32, f16, int8 or int4."));
  }

  /// @param prefillNanos until the first token came
  /// @param decodeNanos from then to the last
  private record Round(long prefillNanos, long decodeNanos, int decoded) {}

  /// @param model a name, or a path
  void run(String model) throws InterruptedException {
    Path path = ModelFiles.in(folder).get(model);
    if (path == null) {
      path = Path.of(model);
      if (!Files.exists(path)) {
        throw ModelFilesCommand.absent(model, folder);
      }
    }
    long memory = Long.MAX_VALUE / 2;
    EngineSettings.Model settings =
        new EngineSettings.Model(
            model, path, promptTokens + outputTokens, CACHE_BYTES_MAX, cacheType);
    try (Engine engine =
        Engine.open(new EngineSettings(List.of(settings), memory, ScheduleSettings.DEFAULT))) {
      out.println("model    " + model);
      out.println("kernels  " + engine.status().kernels());
      long before = System.nanoTime();
      engine.tokens(model, new Prompt.Text("a", true, false));
      out.printf(Locale.ROOT, "loaded   in %.2f s%n", seconds(System.nanoTime() - before));
      measure(engine, model, decoder(engine, model));
    } catch (IllegalArgumentException | IllegalStateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new CommandException(model + " cannot be measured: " + cause.getMessage());
    }
  }

  private static EngineStatus.DecoderLoad decoder(Engine engine, String model) {
    for (EngineStatus.Model one : engine.status().models()) {
      if (one.name().equals(model) && one.loaded() instanceof EngineStatus.DecoderLoad decoder) {
        return decoder;
      }
    }
    throw new CommandException(model + " is an encoder: it writes nothing.");
  }

  private void measure(Engine engine, String model, EngineStatus.DecoderLoad decoder)
      throws InterruptedException {
    if (promptTokens + outputTokens > decoder.contextTokens()) {
      throw new CommandException(
          "The model's context is %d tokens; --prompt %d and --output %d are more."
              .formatted(decoder.contextTokens(), promptTokens, outputTokens));
    }
    round(engine, model, decoder.vocabulary());
    double[] prefill = new double[rounds];
    double[] decode = new double[rounds];
    for (int index = 0; index < rounds; index++) {
      Round round = round(engine, model, decoder.vocabulary());
      prefill[index] = promptTokens / seconds(round.prefillNanos());
      decode[index] = round.decoded() / seconds(round.decodeNanos());
    }
    tell("prefill", promptTokens, prefill);
    tell("decode", outputTokens, decode);
  }

  /// The median, and between what it lay.
  private void tell(String what, int tokens, double[] rates) {
    Arrays.sort(rates);
    out.printf(
        Locale.ROOT,
        "%-8s %d tokens: %.1f tokens/s (%.1f to %.1f in %d rounds)%n",
        what,
        tokens,
        rates[rates.length / 2],
        rates[0],
        rates[rates.length - 1],
        rates.length);
  }

  private Round round(Engine engine, String model, int vocabulary) throws InterruptedException {
    // Noise ends seldom; where it does, another round of noise is drawn.
    for (int tries = 0; tries < 20; tries++) {
      int[] prompt = random.ints(promptTokens, 0, vocabulary).toArray();
      GenerationRequest request =
          GenerationRequest.of(
                  model, new Prompt.Tokens(prompt), outputTokens, Sampling.at(1, random.nextLong()))
              .withDraft(false);
      Round round = timed(engine, request);
      if (round.decoded() >= Math.min(outputTokens - 1, 16)) {
        return round;
      }
    }
    throw new CommandException(model + " ends every answer after a few tokens.");
  }

  private static Round timed(Engine engine, GenerationRequest request) throws InterruptedException {
    long start = System.nanoTime();
    try (Generation generation = engine.generate(request)) {
      long first = 0;
      long last = 0;
      int tokens = 0;
      while (true) {
        GenerationEvent event = generation.next();
        if (event instanceof GenerationEvent.Token) {
          last = System.nanoTime();
          first = tokens == 0 ? last : first;
          tokens++;
        } else if (event instanceof GenerationEvent.End end) {
          if (end.reason() != FinishReason.STOP && end.reason() != FinishReason.LENGTH) {
            throw new CommandException("The model failed: " + end.message());
          }
          return new Round(first - start, Math.max(1, last - first), tokens - 1);
        }
      }
    }
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
