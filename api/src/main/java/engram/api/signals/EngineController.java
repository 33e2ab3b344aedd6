package engram.api.signals;

import engram.api.admin.Tenants;
import engram.api.engine.EngineModels;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.Engine;
import engram.inference.EngineStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// How the models of this process are. Their load is that of all tenants, so only the operator sees
/// it.
@RestController
@Requires(Verb.ADMIN)
class EngineController {
  private final EngineModels models;
  private final Tenants tenants;

  EngineController(EngineModels models, Tenants tenants) {
    this.models = models;
    this.tenants = tenants;
  }

  /// @param memoryBytes for all models that are loaded at the same time
  /// @param usedBytes of it
  record EngineView(String kernels, long memoryBytes, long usedBytes, List<ModelView> models) {}

  /// @param state `absent` until somebody asks it, or `loaded`
  /// @param bytes with its cache; null while nobody has asked it
  /// @param kind `decoder` or `encoder`, once it is loaded
  /// @param load of a decoder that is loaded
  record ModelView(
      String name,
      String state,
      @Nullable Long bytes,
      @Nullable String kind,
      @Nullable Integer contextTokens,
      @Nullable LoadView load) {}

  /// @param prefixTokens tokens whose keys and values are kept for requests to come
  /// @param tokensPerSecond computed lately, read and written together
  record LoadView(
      int waiting,
      int running,
      int prefixTokens,
      int pagesFree,
      int pagesTotal,
      double tokensPerSecond) {}

  @GetMapping("/api/engine")
  EngineView get(Caller caller) {
    tenants.checkOperator(caller);
    EngineStatus status = models.status();
    Map<String, EngineStatus.Model> known = new HashMap<>();
    if (status != null) {
      status.models().forEach(model -> known.put(model.name(), model));
    }
    List<ModelView> views = new ArrayList<>();
    for (String name : models.names()) {
      views.add(view(name, known.get(name)));
    }
    return new EngineView(
        status == null ? Engine.kernels() : status.kernels(),
        models.memoryBytes(),
        status == null ? 0 : status.usedBytes(),
        views);
  }

  private static ModelView view(String name, EngineStatus.@Nullable Model model) {
    if (model == null) {
      return new ModelView(name, "absent", null, null, null, null);
    }
    return switch (model.loaded()) {
      case null -> new ModelView(name, "absent", model.bytes(), null, null, null);
      case EngineStatus.EncoderLoad(int contextTokens) ->
          new ModelView(name, "loaded", model.bytes(), "encoder", contextTokens, null);
      case EngineStatus.DecoderLoad load ->
          new ModelView(
              name,
              "loaded",
              model.bytes(),
              "decoder",
              load.contextTokens(),
              new LoadView(
                  load.waiting(),
                  load.running(),
                  load.prefixTokens(),
                  load.pagesFree(),
                  load.pagesTotal(),
                  load.tokensPerSecond()));
    };
  }
}
