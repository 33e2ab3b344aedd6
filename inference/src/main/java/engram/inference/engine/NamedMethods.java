package engram.inference.engine;

import engram.inference.AttentionPattern;
import engram.inference.CacheMethods;
import engram.inference.EngineSettings.CacheType;
import engram.inference.GenerationRequest;
import engram.inference.KvPolicy;
import engram.inference.LogitsProcessor;
import engram.inference.MethodChoice;
import engram.inference.Methods;
import engram.inference.decode.ProxyTuning;
import engram.inference.engine.Arguments.Preset;
import engram.inference.policy.DensePattern;
import engram.inference.policy.HeavyHitters;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.StreamingPattern;
import engram.inference.policy.SurprisingTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Every method by its name: a new one is a line here.
public final class NamedMethods implements Methods {
  private static final Preset BUDGET = Preset.whole("budget_tokens");

  private record Maker<T>(String name, List<Preset> presets, Function<Arguments, T> make) {
    Method described(Kind kind) {
      return new Method(kind, name, presets.stream().map(Preset::described).toList());
    }
  }

  private static final List<Maker<KvPolicy>> POLICIES =
      List.of(
          new Maker<>(
              SinksAndWindow.NAME,
              List.of(BUDGET, Preset.whole("sinks", SinksAndWindow.SINKS_OF_PAPER)),
              given -> new SinksAndWindow(given.whole("sinks"))),
          new Maker<>(
              SnapKv.NAME,
              List.of(
                  BUDGET,
                  Preset.whole("window", SnapKv.DEFAULT.window()),
                  Preset.whole("kernel", SnapKv.DEFAULT.kernel())),
              given -> new SnapKv(given.whole("window"), given.whole("kernel"))),
          new Maker<>(
              HeavyHitters.NAME,
              List.of(BUDGET, Preset.number("heavy_share", HeavyHitters.DEFAULT.heavyShare())),
              given -> new HeavyHitters(given.number("heavy_share"))),
          new Maker<>(
              SurprisingTokens.NAME,
              List.of(
                  BUDGET,
                  Preset.whole("sinks", SurprisingTokens.DEFAULT.sinks()),
                  Preset.whole("recent", SurprisingTokens.DEFAULT.recent()),
                  Preset.number("decay", SurprisingTokens.DEFAULT.decay())),
              given ->
                  new SurprisingTokens(
                      given.whole("sinks"), given.whole("recent"), given.number("decay"))));

  private static final List<Maker<AttentionPattern>> PATTERNS =
      List.of(
          new Maker<>(DensePattern.NAME, List.of(), given -> new DensePattern()),
          new Maker<>(
              StreamingPattern.NAME,
              List.of(Preset.whole("sinks", SinksAndWindow.SINKS_OF_PAPER), Preset.whole("window")),
              given -> new StreamingPattern(given.whole("sinks"), given.whole("window"))),
          new Maker<>(
              LambdaMask.NAME,
              List.of(Preset.whole("starting", LambdaMask.STARTING), Preset.whole("local")),
              given -> new LambdaMask(given.whole("starting"), given.whole("local"))));

  private static final List<Maker<LogitsProcessor>> PROCESSORS =
      List.of(
          new Maker<>(
              ProxyTuning.NAME,
              List.of(Preset.text("expert"), Preset.text("anti_expert"), Preset.number("alpha", 1)),
              given ->
                  new ProxyTuning(
                      given.text("expert"),
                      given.text("anti_expert"),
                      (float) given.number("alpha"))));

  @Override
  public List<Method> all() {
    List<Method> all = new ArrayList<>();
    POLICIES.forEach(maker -> all.add(maker.described(Kind.POLICY)));
    PATTERNS.forEach(maker -> all.add(maker.described(Kind.ATTENTION)));
    for (CacheType type : CacheType.values()) {
      all.add(new Method(Kind.CACHE_TYPE, nameOf(type), List.of()));
    }
    PROCESSORS.forEach(maker -> all.add(maker.described(Kind.PROCESSOR)));
    return all;
  }

  @Override
  public GenerationRequest choose(GenerationRequest request, MethodChoice choice) {
    CacheMethods methods = request.methods();
    if (choice.policy() != null) {
      Arguments given = Arguments.of(choice.policy(), presets("policy", POLICIES, choice.policy()));
      KvPolicy policy = find("policy", POLICIES, choice.policy().name()).make().apply(given);
      methods =
          new CacheMethods(
              policy, given.whole(BUDGET.name()), methods.cacheType(), methods.pattern());
    }
    if (choice.attention() != null) {
      methods = methods.withPattern(made("attention pattern", PATTERNS, choice.attention()));
    }
    if (choice.cacheType() != null) {
      methods = methods.withCacheType(cacheType(choice.cacheType()));
    }
    List<LogitsProcessor> processors = new ArrayList<>(request.processors());
    for (MethodChoice.Named processor : choice.processors()) {
      processors.add(made("processor", PROCESSORS, processor));
    }
    Boolean draft = choice.draft();
    return request
        .withMethods(methods)
        .withProcessors(processors)
        .withDraft(draft == null ? request.draft() : draft);
  }

  private static <T> T made(String kind, List<Maker<T>> makers, MethodChoice.Named chosen) {
    return find(kind, makers, chosen.name())
        .make()
        .apply(Arguments.of(chosen, presets(kind, makers, chosen)));
  }

  private static <T> List<Preset> presets(
      String kind, List<Maker<T>> makers, MethodChoice.Named chosen) {
    return find(kind, makers, chosen.name()).presets();
  }

  private static <T> Maker<T> find(String kind, List<Maker<T>> makers, String name) {
    return makers.stream()
        .filter(maker -> maker.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            unknown(kind, name, makers.stream().map(Maker::name).collect(Collectors.toList())));
  }

  private static CacheType cacheType(String name) {
    return Arrays.stream(CacheType.values())
        .filter(type -> nameOf(type).equals(name))
        .findFirst()
        .orElseThrow(() ->
            unknown(
                "cache type",
                name,
                Arrays.stream(CacheType.values()).map(NamedMethods::nameOf).toList()));
  }

  private static String nameOf(CacheType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException unknown(String kind, String name, List<String> known) {
    return new IllegalArgumentException(
        "no %s '%s'; there are %s".formatted(kind, name, String.join(", ", known)));
  }
}
