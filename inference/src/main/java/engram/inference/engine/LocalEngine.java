package engram.inference.engine;

import engram.inference.Attribution;
import engram.inference.Drafter;
import engram.inference.Engine;
import engram.inference.EngineSettings;
import engram.inference.EngineStatus;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.LogitsProcessor;
import engram.inference.OutputFormat;
import engram.inference.Prompt;
import engram.inference.ScheduleSettings;
import engram.inference.TextToken;
import engram.inference.attribute.SpanAttribution;
import engram.inference.chat.ChatFormat;
import engram.inference.decode.ConstrainedOutput;
import engram.inference.decode.SuffixDrafter;
import engram.inference.model.file.ModelFileException;
import engram.inference.schedule.JobRequest;
import engram.inference.schedule.ModelPool;
import engram.inference.schedule.StepModel;
import engram.inference.schedule.TextDecoder;
import engram.inference.tokenizer.TokenizerFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Models of this process, each with a thread of its own.
///
/// Threads: any.
final class LocalEngine implements Engine {
  private final ModelPool<Running> pool;
  private final ScheduleSettings settings;
  private final Machine machine;

  /// What a model's files are loaded with.
  ///
  /// @param kernels as operators are told of them
  /// @param sources how a model is loaded that its settings name
  /// @param closing run after all models are closed
  record Machine(
      String kernels,
      Function<EngineSettings.Model, ModelPool.Source<Loaded>> sources,
      Runnable closing) {}

  /// @param sources how each model is loaded, and the bytes that it then holds
  /// @param memoryBytes for all models that are loaded at the same time
  LocalEngine(
      Map<String, ? extends ModelPool.Source<? extends Loaded>> sources,
      long memoryBytes,
      ScheduleSettings settings) {
    this(
        sources,
        memoryBytes,
        settings,
        new Machine(
            "none of a file",
            model -> {
              throw new IllegalArgumentException("model " + model.name() + " is of a file");
            },
            () -> {}));
  }

  LocalEngine(
      Map<String, ? extends ModelPool.Source<? extends Loaded>> sources,
      long memoryBytes,
      ScheduleSettings settings,
      Machine machine) {
    this.settings = settings;
    this.machine = machine;
    Map<String, ModelPool.Source<Running>> running = new LinkedHashMap<>();
    sources.forEach((name, source) -> running.put(name, running(name, source)));
    pool = new ModelPool<>(memoryBytes, running);
  }

  private ModelPool.Source<Running> running(
      String name, ModelPool.Source<? extends Loaded> source) {
    return new ModelPool.Source<>(
        source.bytes(), () -> run(name, source.loader().load(), settings));
  }

  @Override
  public void offer(EngineSettings.Model model) {
    pool.offer(model.name(), running(model.name(), machine.sources().apply(model)));
  }

  @Override
  public EngineStatus status() {
    return new EngineStatus(
        machine.kernels(),
        pool.bytesMax(),
        pool.usedBytes(),
        pool.look().stream()
            .map(seen ->
                new EngineStatus.Model(
                    seen.name(),
                    seen.bytes(),
                    seen.state(),
                    seen.model() == null ? null : seen.model().load()))
            .toList());
  }

  @Override
  public void load(String model) throws InterruptedException {
    use(model).close();
  }

  @Override
  public boolean unload(String model) throws InterruptedException {
    return pool.unload(model);
  }

  private static Running run(String name, Loaded loaded, ScheduleSettings settings) {
    return switch (loaded) {
      case LoadedModel model -> new RunningModel(name, model, settings);
      case TextEncoder encoder -> encoder;
    };
  }

  @Override
  public List<float[]> embed(String model, List<String> texts) throws InterruptedException {
    return embed(model, texts, LAST_LAYER);
  }

  @Override
  public List<float[]> embed(String model, List<String> texts, int layer)
      throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      return reader(model, use.model()).embed(texts, layer, bytes -> use.more(bytes)::close);
    }
  }

  @Override
  public float[] rerank(String model, String query, List<String> documents)
      throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      return encoder(model, use.model()).rerank(query, documents);
    }
  }

  private static TextReader reader(String name, Running running) {
    TextReader reader =
        switch (running) {
          case TextEncoder encoder -> encoder;
          case RunningModel model -> model.reader();
        };
    if (reader == null) {
      throw new IllegalArgumentException(name + " makes no vectors");
    }
    return reader;
  }

  private static RunningModel decoder(String name, Running running) {
    return switch (running) {
      case RunningModel model -> model;
      case TextEncoder _ ->
          throw new IllegalArgumentException(name + " is an encoder: it only reads");
    };
  }

  private static TextEncoder encoder(String name, Running running) {
    return switch (running) {
      case TextEncoder encoder -> encoder;
      case RunningModel _ -> throw new IllegalArgumentException(name + " is no encoder");
    };
  }

  @Override
  public List<String> models() {
    return pool.names();
  }

  @Override
  public int[] tokens(String model, Prompt.Text text) throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      return switch (use.model()) {
        case RunningModel running -> encode(running.vocabulary, text);
        case TextEncoder encoder -> encoder.tokens(text.text());
      };
    }
  }

  @Override
  public List<TextToken> pieces(String model, Prompt.Text text) throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      Vocabulary vocabulary = decoder(model, use.model()).vocabulary;
      return TokenPlaces.of(text.text(), encode(vocabulary, text), vocabulary::bytes);
    }
  }

  @Override
  public List<byte[]> spelled(String model, int[] tokens) throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      Vocabulary vocabulary = decoder(model, use.model()).vocabulary;
      return Arrays.stream(tokens).mapToObj(vocabulary::spelled).toList();
    }
  }

  @Override
  public ChatFormat chat(String model) throws InterruptedException {
    try (ModelPool<Running>.Use use = use(model)) {
      return decoder(model, use.model()).chat();
    }
  }

  @Override
  public Generation generate(GenerationRequest request) throws InterruptedException {
    List<ModelPool<Running>.Use> uses = new ArrayList<>();
    boolean begun = false;
    try {
      ModelPool<Running>.Use use = use(request.model());
      uses.add(use);
      RunningModel model = decoder(request.model(), use.model());
      List<StepModel> companions = new ArrayList<>();
      for (LogitsProcessor processor : request.processors()) {
        for (String name : processor.companions()) {
          ModelPool<Running>.Use companion = use(name);
          uses.add(companion);
          RunningModel other = decoder(name, companion.model());
          requireSameVocabulary(request.model(), model, name, other);
          companions.add(other.companionOf(request.model()));
        }
      }
      List<ModelPool<Running>.Use> held = List.copyOf(uses);
      Generation generation =
          model.thread.submit(
              jobOf(request, model, companions), () -> held.forEach(ModelPool<Running>.Use::close));
      begun = true;
      return generation;
    } finally {
      if (!begun) {
        uses.forEach(ModelPool<Running>.Use::close);
      }
    }
  }

  private static JobRequest jobOf(
      GenerationRequest request, RunningModel model, List<StepModel> companions) {
    List<LogitsProcessor> processors = new ArrayList<>(request.processors());
    int[] ends = model.vocabulary.endTokens().stream().mapToInt(Integer::intValue).toArray();
    if (!(request.format() instanceof OutputFormat.Free)) {
      processors.add(
          new ConstrainedOutput(model.constraint(request.format(), RunningModel::grammarOf), ends));
    }
    @Nullable Drafter drafter =
        request.draft() && request.maxTokens() > 1
            ? new SuffixDrafter(SuffixDrafter.Settings.OF_PAPER, model.outputsOf(request.tenant()))
            : null;
    int[] prompt = encode(model.vocabulary, request.prompt());
    return new JobRequest(
        prompt,
        request.maxTokens(),
        request.sampling(),
        model.vocabulary.endTokens(),
        request.stops(),
        request.topLogProbs(),
        request.scorePrompt(),
        request.tenant(),
        request.tenant(),
        request.priority(),
        request.deadline(),
        processors,
        companions,
        drafter,
        decoder(request, model.vocabulary, prompt),
        request.methods(),
        null);
  }

  private static TextDecoder decoder(
      GenerationRequest request, Vocabulary vocabulary, int[] prompt) {
    // A grammar's output is given as it was drawn: the grammar says which spaces it begins with.
    boolean message =
        request.prompt() instanceof Prompt.Dialogue
            && request.format() instanceof OutputFormat.Free;
    return message ? vocabulary.decoder() : vocabulary.decoder(prompt);
  }

  @Override
  public Attribution attribute(
      String model, int[] prompt, int[] answer, List<Attribution.TokenSpan> spans, String tenant)
      throws InterruptedException {
    if (answer.length == 0) {
      throw new IllegalArgumentException("the answer has no token");
    }
    SpanAttribution rows = new SpanAttribution(spans, prompt.length, answer.length);
    // The last token's own query gives what would follow it, which is not asked.
    int[] text = Arrays.copyOf(prompt, prompt.length + answer.length - 1);
    System.arraycopy(answer, 0, text, prompt.length, answer.length - 1);
    RowSums reader = new RowSums(rows, prompt.length - 1);
    try (ModelPool<Running>.Use use = use(model);
        Generation generation =
            decoder(model, use.model())
                .thread
                .submit(JobRequest.reading(text, tenant, reader), () -> {})) {
      while (true) {
        if (generation.next() instanceof GenerationEvent.End end) {
          if (end.reason() != FinishReason.LENGTH) {
            throw new IllegalStateException(end.reason() + ": " + end.message());
          }
          return reader.result();
        }
      }
    }
  }

  private static int[] encode(Vocabulary vocabulary, Prompt prompt) {
    return switch (prompt) {
      case Prompt.Tokens(var tokens) -> tokens;
      case Prompt.Dialogue(var text) -> vocabulary.encode(text, false, true);
      case Prompt.Text(var text, var addSpecial, var parseSpecial) ->
          vocabulary.encode(text, addSpecial, parseSpecial);
    };
  }

  private static void requireSameVocabulary(
      String name, RunningModel model, String other, RunningModel companion) {
    if (model.vocabulary.size() != companion.vocabulary.size()) {
      throw new IllegalArgumentException(
          "%s has %d tokens, its companion %s %d"
              .formatted(name, model.vocabulary.size(), other, companion.vocabulary.size()));
    }
  }

  private ModelPool<Running>.Use use(String model) throws InterruptedException {
    try {
      return pool.use(model);
    } catch (ModelFileException | TokenizerFileException damaged) {
      throw new IllegalStateException(
          "model %s could not be loaded: %s".formatted(model, damaged.getMessage()), damaged);
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("model " + model + " could not be loaded", e);
    }
  }

  @Override
  public void close() {
    pool.close();
    machine.closing().run();
  }
}
