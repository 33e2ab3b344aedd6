package engram.api.signals;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.engine.EngineModels;
import engram.api.engine.EngineModels.Origin;
import engram.api.engine.ModelLoads;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.hub.HubException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What the operator does with the models of this process. Names hold slashes, so no path names
/// one.
@RestController
@RequestMapping("/api/engine/models")
@Requires(Verb.ADMIN)
class EngineModelsController {
  private final EngineModels models;
  private final ModelLoads loads;
  private final ModelViews views;
  private final Tenants tenants;
  private final Audit audit;

  EngineModelsController(
      EngineModels models, ModelLoads loads, ModelViews views, Tenants tenants, Audit audit) {
    this.models = models;
    this.loads = loads;
    this.views = views;
    this.tenants = tenants;
    this.audit = audit;
  }

  record ModelBody(@Nullable String model) {}

  record DeletedView(String model, boolean deleted) {}

  /// The reply comes before the model is loaded.
  @PostMapping("/load")
  @ResponseStatus(HttpStatus.ACCEPTED)
  ModelViews.ModelView load(Caller caller, @RequestBody ModelBody body) {
    String name = known(caller, body.model());
    String subject = "model " + name;
    audit.add(caller, "model.load_started", subject, Map.of());
    loads.start(
        name,
        failure -> {
          if (failure == null) {
            audit.add(caller, "model.loaded", subject, Map.of());
          } else {
            audit.add(caller, "model.load_failed", subject, Map.of("reason", failure));
          }
        });
    return view(name);
  }

  @PostMapping("/unload")
  ModelViews.ModelView unload(Caller caller, @RequestBody ModelBody body)
      throws InterruptedException {
    String name = known(caller, body.model());
    if (!models.unload(name)) {
      throw inUse(name);
    }
    audit.add(caller, "model.unloaded", "model " + name, Map.of());
    return view(name);
  }

  /// The files go. Only of what was pulled, which can be pulled again.
  @DeleteMapping
  DeletedView delete(Caller caller, @RequestParam(required = false) @Nullable String model)
      throws InterruptedException {
    String name = known(caller, model);
    EngineModels.Files files = models.files().get(name);
    if (files == null || files.origin() != Origin.PULLED) {
      throw Failure.of(
              409,
              "model_not_pulled",
              "The files of '" + name + "' were put there by hand, and are removed by hand.")
          .toException();
    }
    try {
      if (!models.remove(name)) {
        throw inUse(name);
      }
    } catch (HubException e) {
      throw Failure.of(409, "model_busy", e.getMessage() + ".").toException();
    }
    loads.forget(name);
    audit.add(caller, "model.deleted", "model " + name, Map.of("bytes", files.bytes()));
    return new DeletedView(name, true);
  }

  private String known(Caller caller, @Nullable String model) {
    tenants.checkOperator(caller);
    if (model == null || model.isBlank()) {
      throw Failure.invalid("model", "'model' is missing.").toException();
    }
    if (!models.has(model)) {
      throw Failure.of(404, "model_not_found", "There is no model '" + model + "' in this process.")
          .toException();
    }
    return model;
  }

  private ModelViews.ModelView view(String name) {
    return views.all(models.status()).stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            Failure.of(404, "model_not_found", "The model '" + name + "' is gone.").toException());
  }

  private static RuntimeException inUse(String name) {
    return Failure.of(
            409,
            "model_in_use",
            "Requests use the model '" + name + "' just now. Try again when they have ended.")
        .toException();
  }
}
