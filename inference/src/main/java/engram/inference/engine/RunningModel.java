package engram.inference.engine;

import engram.inference.EngineStatus;
import engram.inference.OutputFormat;
import engram.inference.ScheduleSettings;
import engram.inference.chat.ChatFormat;
import engram.inference.decode.SuffixDrafter;
import engram.inference.decode.grammar.Constraint;
import engram.inference.decode.grammar.Grammar;
import engram.inference.decode.grammar.GrammarReader;
import engram.inference.decode.grammar.JsonSchemaReader;
import engram.inference.decode.grammar.TokenTrie;
import engram.inference.schedule.EngineThread;
import engram.inference.schedule.Scheduler;
import engram.inference.schedule.StepModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A loaded model with its thread, and what its requests share.
///
/// Threads: any.
final class RunningModel implements Running {
  private static final int CONSTRAINTS_MAX = 64;
  private static final int TENANTS_MAX = 256;
  private static final int OUTPUT_TOKENS_MAX = 200_000;

  final EngineThread thread;
  final Vocabulary vocabulary;

  private final LoadedModel loaded;
  private final Map<OutputFormat, Constraint> constraints = recentlyUsed(CONSTRAINTS_MAX);
  private final Map<String, SuffixDrafter.Outputs> outputs = recentlyUsed(TENANTS_MAX);
  private final Map<String, StepModel> companions = new LinkedHashMap<>();
  private List<byte[]> bytesOfToken = List.of();
  private volatile @Nullable ChatFormat chat;
  private TokenTrie trie = new TokenTrie(List.of());

  RunningModel(String name, LoadedModel loaded, ScheduleSettings settings) {
    this.loaded = loaded;
    vocabulary = loaded.vocabulary();
    thread = new EngineThread(name, loaded.model(), settings);
  }

  private static <K, V> Map<K, V> recentlyUsed(int max) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > max;
      }
    };
  }

  /// The constraint of a format other than free text, compiled once.
  Constraint constraint(OutputFormat format, Function<OutputFormat, Grammar> reader) {
    synchronized (constraints) {
      Constraint known = constraints.get(format);
      if (known != null) {
        return known;
      }
    }
    Grammar grammar = reader.apply(format);
    synchronized (constraints) {
      if (trie.vocabulary() == 0) {
        List<byte[]> bytes = new ArrayList<>(vocabulary.size());
        for (int token = 0; token < vocabulary.size(); token++) {
          bytes.add(vocabulary.bytes(token));
        }
        bytesOfToken = List.copyOf(bytes);
        trie = new TokenTrie(bytesOfToken);
      }
      return constraints.computeIfAbsent(format, f -> new Constraint(grammar, trie, bytesOfToken));
    }
  }

  static Grammar grammarOf(OutputFormat format) {
    return switch (format) {
      case OutputFormat.Free _ -> throw new IllegalArgumentException("free text has no grammar");
      case OutputFormat.JsonObject _ -> JsonSchemaReader.anyObject();
      case OutputFormat.JsonSchema(var schema) -> JsonSchemaReader.read(schema);
      case OutputFormat.Grammar(var grammar) -> GrammarReader.read(grammar);
    };
  }

  /// The last outputs of one tenant: no tenant's answers shape how fast another's come.
  SuffixDrafter.Outputs outputsOf(String tenant) {
    synchronized (outputs) {
      return outputs.computeIfAbsent(tenant, t -> new SuffixDrafter.Outputs(OUTPUT_TOKENS_MAX));
    }
  }

  /// This model's weights, to read along with requests of another model's thread.
  StepModel companionOf(String main) {
    synchronized (companions) {
      return companions.computeIfAbsent(main, m -> loaded.another().get());
    }
  }

  /// Read when it is first asked for: a model that never talks needs no template.
  ChatFormat chat() {
    ChatFormat known = chat;
    if (known == null) {
      known = vocabulary.chat();
      chat = known;
    }
    return known;
  }

  @Override
  public EngineStatus.DecoderLoad load() {
    Scheduler.Load load = thread.load();
    return new EngineStatus.DecoderLoad(
        loaded.model().contextWindow(),
        vocabulary.size(),
        load.waiting(),
        load.running(),
        load.batchTokens(),
        load.prefixTokens(),
        load.pagesFree(),
        load.pagesTotal(),
        load.tokensPerSecond(),
        load.tokensRead(),
        load.tokensWritten(),
        load.tenants());
  }

  @Nullable TextReader reader() {
    return loaded.reader();
  }

  @Override
  public void close() {
    if (loaded.reader() != null) {
      loaded.reader().close();
    }
    thread.close();
    synchronized (companions) {
      companions.values().forEach(StepModel::close);
    }
  }
}
