package engram.api.signals;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.engine.ModelFiles;
import engram.api.engine.ModelPulls;
import engram.api.engine.ModelPulls.Pull;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.hub.ModelName;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Fetches models from the hub into this server's folder.
@RestController
@RequestMapping("/api/engine/pulls")
@Requires(Verb.ADMIN)
class PullsController {
  private final ModelPulls pulls;
  private final Tenants tenants;
  private final Audit audit;

  PullsController(ModelPulls pulls, Tenants tenants, Audit audit) {
    this.pulls = pulls;
    this.tenants = tenants;
    this.audit = audit;
  }

  /// @param model `owner/name`, `owner/name:variant`, with `@revision` for another than `main`
  record PullBody(@Nullable String model) {}

  /// @param state `waiting`, `running`, `done`, `failed` or `cancelled`
  /// @param totalBytes 0 until the hub has said
  record PullView(
      String model,
      String state,
      @Nullable String file,
      long doneBytes,
      long totalBytes,
      @Nullable String failure,
      Instant startedAt,
      @Nullable Instant endedAt) {
    static PullView of(Pull pull) {
      return new PullView(
          pull.model(),
          pull.state().name().toLowerCase(Locale.ROOT),
          pull.file(),
          pull.doneBytes(),
          pull.totalBytes(),
          pull.failure(),
          pull.startedAt(),
          pull.endedAt());
    }
  }

  /// @param hub where models come from
  /// @param items latest first
  record PullsView(String hub, List<PullView> items) {}

  record CancelledView(String model, boolean cancelled) {}

  @GetMapping
  PullsView list(Caller caller) {
    tenants.checkOperator(caller);
    return new PullsView(pulls.source(), pulls.all().stream().map(PullView::of).toList());
  }

  /// A model that is being fetched goes on; one that is here is brought to what the hub has now.
  @PostMapping
  @ResponseStatus(HttpStatus.ACCEPTED)
  PullView start(Caller caller, @RequestBody PullBody body) {
    tenants.checkOperator(caller);
    ModelName name = name(body.model());
    String subject = "model " + name;
    try {
      Pull pull = pulls.start(name, ended -> audit.add(caller, act(ended), subject, detail(ended)));
      audit.add(caller, "model.pull_started", subject, Map.of("hub", pulls.source()));
      return PullView.of(pull);
    } catch (IllegalStateException e) {
      throw Failure.of(409, "too_many_pulls", String.valueOf(e.getMessage())).toException();
    }
  }

  private static String act(Pull ended) {
    return switch (ended.state()) {
      case DONE -> "model.pulled";
      case CANCELLED -> "model.pull_cancelled";
      case FAILED, WAITING, RUNNING -> "model.pull_failed";
    };
  }

  private static Map<String, Object> detail(Pull ended) {
    String failure = ended.failure();
    return failure == null ? Map.of("bytes", ended.doneBytes()) : Map.of("reason", failure);
  }

  /// What has arrived stays, and the next pull goes on with it.
  @DeleteMapping
  CancelledView cancel(Caller caller, @RequestParam(required = false) @Nullable String model) {
    tenants.checkOperator(caller);
    String name = name(model).toString();
    if (!pulls.cancel(name)) {
      throw Failure.notFound("The model '" + name + "' is not being fetched.").toException();
    }
    return new CancelledView(name, true);
  }

  private static ModelName name(@Nullable String given) {
    if (given == null || given.isBlank()) {
      throw Failure.invalid("model", "'model' is missing.").toException();
    }
    try {
      ModelName name = ModelName.parse(given.strip());
      if (ModelFiles.isTaken(name.toString())) {
        throw Failure.invalid("model", "Names that begin with engram/ stand for documents.")
            .toException();
      }
      return name;
    } catch (IllegalArgumentException e) {
      throw Failure.invalid("model", e.getMessage() + ".").toException();
    }
  }
}
