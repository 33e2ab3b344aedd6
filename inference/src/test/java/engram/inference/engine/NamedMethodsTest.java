package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.CacheMethods;
import engram.inference.EngineSettings.CacheType;
import engram.inference.GenerationRequest;
import engram.inference.MethodChoice;
import engram.inference.MethodChoice.Named;
import engram.inference.Methods;
import engram.inference.Methods.Kind;
import engram.inference.Methods.Parameter;
import engram.inference.Prompt;
import engram.inference.Sampling;
import engram.inference.decode.ProxyTuning;
import engram.inference.policy.DensePattern;
import engram.inference.policy.HeavyHitters;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.StreamingPattern;
import engram.inference.policy.SurprisingTokens;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamedMethodsTest {
  private static final GenerationRequest PLAIN =
      GenerationRequest.of("m", new Prompt.Tokens(new int[] {1}), 3, Sampling.GREEDY);

  private static MethodChoice policy(String name, Map<String, Object> parameters) {
    return new MethodChoice(new Named(name, parameters), null, null, List.of(), null);
  }

  private static MethodChoice attention(String name, Map<String, Object> parameters) {
    return new MethodChoice(null, new Named(name, parameters), null, List.of(), null);
  }

  private static MethodChoice cacheType(String name) {
    return new MethodChoice(null, null, name, List.of(), null);
  }

  @Test
  void policiesAreTheirClassesWithWhatWasGivenAndPresetsForTheRest() {
    assertThat(PLAIN.withChoice(policy("sinks-window", Map.of("budget_tokens", 64))).methods())
        .isEqualTo(new CacheMethods(new SinksAndWindow(4), 64));
    assertThat(
            PLAIN
                .withChoice(policy("snapkv", Map.of("budget_tokens", 64, "window", 16L)))
                .methods())
        .isEqualTo(new CacheMethods(new SnapKv(16, 5), 64));
    assertThat(
            PLAIN
                .withChoice(policy("h2o", Map.of("budget_tokens", 9, "heavy_share", 0.25)))
                .methods())
        .isEqualTo(new CacheMethods(new HeavyHitters(0.25), 9));
    assertThat(
            PLAIN
                .withChoice(policy("sirllm", Map.of("budget_tokens", 9.0, "recent", 2, "decay", 1)))
                .methods())
        .isEqualTo(new CacheMethods(new SurprisingTokens(4, 2, 1), 9));
  }

  @Test
  void theOtherMethodsAreTooAndLeaveWhatTheyDoNotName() {
    GenerationRequest cut = PLAIN.withChoice(policy("h2o", Map.of("budget_tokens", 9)));
    GenerationRequest all =
        cut.withChoice(
            new MethodChoice(
                null,
                new Named("sinks-window", Map.of("window", 32)),
                "int4",
                List.of(new Named("proxy-tuning", Map.of("expert", "a", "anti_expert", "b"))),
                false));
    assertThat(all.methods())
        .isEqualTo(
            new CacheMethods(HeavyHitters.DEFAULT, 9, CacheType.INT4, new StreamingPattern(4, 32)));
    assertThat(all.processors()).isEqualTo(List.of(new ProxyTuning("a", "b", 1)));
    assertThat(all.draft()).isFalse();
    assertThat(all.withChoice(MethodChoice.NONE)).isEqualTo(all);
    assertThat(PLAIN.withChoice(attention("lambda", Map.of("local", 50))).methods().pattern())
        .isEqualTo(new LambdaMask(10, 50));
    assertThat(PLAIN.withChoice(attention("dense", Map.of())).methods().pattern())
        .isEqualTo(new DensePattern());
  }

  /// So that a list shown to a user is never ahead of, or behind, what can be chosen.
  @Test
  void everyMethodThatIsListedCanBeChosenByItsName() {
    for (Methods.Method method : Methods.known().all()) {
      Map<String, Object> required = new HashMap<>();
      for (Parameter parameter : method.parameters()) {
        if (parameter.preset().isEmpty()) {
          required.put(
              parameter.name(), parameter.type() == Parameter.Type.TEXT ? "x" : (Object) 600);
        }
      }
      Named named = new Named(method.name(), required);
      GenerationRequest chosen =
          PLAIN.withChoice(
              switch (method.kind()) {
                case POLICY -> policy(method.name(), required);
                case ATTENTION -> attention(method.name(), required);
                case CACHE_TYPE -> cacheType(method.name());
                case PROCESSOR -> new MethodChoice(null, null, null, List.of(named), null);
              });
      assertThat(chosen).as(method.toString()).isNotEqualTo(PLAIN);
    }
    assertThat(Methods.known().all().stream().map(Methods.Method::kind)).contains(Kind.values());
  }

  @Test
  void whatIsUnknownIsToldWithWhatIsKnown() {
    assertThatThrownBy(() -> PLAIN.withChoice(policy("snap", Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no policy 'snap'; there are sinks-window, snapkv, h2o, sirllm");
    assertThatThrownBy(() -> PLAIN.withChoice(attention("full", Map.of())))
        .hasMessage("no attention pattern 'full'; there are dense, sinks-window, lambda");
    assertThatThrownBy(() -> PLAIN.withChoice(cacheType("fp8")))
        .hasMessage("no cache type 'fp8'; there are f32, f16, int8, int4");
    assertThatThrownBy(
            () -> PLAIN.withChoice(policy("snapkv", Map.of("budget_tokens", 64, "windows", 3))))
        .hasMessage("snapkv: no parameter 'windows'; there are budget_tokens, window, kernel");
    assertThatThrownBy(() -> PLAIN.withChoice(attention("dense", Map.of("window", 3))))
        .hasMessage("dense: no parameter 'window'; there are none");
  }

  @Test
  void valuesThatCannotBeAreRefusedByName() {
    assertThatThrownBy(() -> PLAIN.withChoice(policy("snapkv", Map.of())))
        .hasMessage("snapkv: budget_tokens is missing");
    for (Object wrong : List.of("64", 1.5, 1L << 40, Double.NaN)) {
      assertThatThrownBy(() -> PLAIN.withChoice(policy("h2o", Map.of("budget_tokens", wrong))))
          .hasMessage("h2o: budget_tokens '" + wrong + "' is not a whole number of 32 bits");
    }
    assertThatThrownBy(() -> PLAIN.withChoice(policy("h2o", Map.of("budget_tokens", 0))))
        .hasMessage("h2o: budgetTokens 0 < 1");
    assertThatThrownBy(() ->
            PLAIN.withChoice(policy("h2o", Map.of("budget_tokens", 9, "heavy_share", "half"))))
        .hasMessage("h2o: heavy_share 'half' is not a number");
    assertThatThrownBy(
            () -> PLAIN.withChoice(policy("h2o", Map.of("budget_tokens", 9, "heavy_share", 2))))
        .hasMessageContaining("heavyShare 2.0 is not within (0, 1)");
  }
}
