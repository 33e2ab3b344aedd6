package engram.api.signals;

import engram.api.admin.Tenants;
import engram.api.engine.EngineModels;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.Engine;
import engram.inference.EngineStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// How the models of this process are. Their load is that of all tenants, so only the operator sees
/// it.
@RestController
@Requires(Verb.ADMIN)
class EngineController {
  private final EngineModels models;
  private final ModelViews views;
  private final Tenants tenants;

  EngineController(EngineModels models, ModelViews views, Tenants tenants) {
    this.models = models;
    this.views = views;
    this.tenants = tenants;
  }

  /// @param memoryBytes for all models that are loaded at the same time
  /// @param usedBytes of it
  /// @param tierBytes on disk for caches of requests that must wait in the middle; null for none
  record EngineView(
      String kernels,
      long memoryBytes,
      long usedBytes,
      @Nullable Long tierBytes,
      List<ModelViews.ModelView> models) {}

  @GetMapping("/api/engine")
  EngineView get(Caller caller) {
    tenants.checkOperator(caller);
    EngineStatus status = models.status();
    DataSize tier = models.settings().tierBytes();
    return new EngineView(
        status == null ? Engine.kernels() : status.kernels(),
        models.memoryBytes(),
        status == null ? 0 : status.usedBytes(),
        tier == null ? null : tier.toBytes(),
        views.all(status));
  }
}
