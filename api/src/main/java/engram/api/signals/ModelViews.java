package engram.api.signals;

import engram.api.admin.Tenants;
import engram.api.engine.EngineModels;
import engram.api.engine.ModelLoads;
import engram.api.wiring.ChatSettings;
import engram.api.wiring.EmbeddingSettings;
import engram.inference.EngineStatus;
import engram.inference.EngineStatus.DecoderLoad;
import engram.inference.EngineStatus.TenantLoad;
import engram.inference.hub.ModelManifest;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// The models of this process as the operator sees them.
@Component
class ModelViews {
  private static final int TENANTS_SHOWN = 100;

  private final EngineModels models;
  private final ModelLoads loads;
  private final Tenants tenants;
  private final @Nullable String answering;
  private final @Nullable String embedding;

  ModelViews(
      EngineModels models,
      ModelLoads loads,
      Tenants tenants,
      ChatSettings chat,
      EmbeddingSettings embedding) {
    this.models = models;
    this.loads = loads;
    this.tenants = tenants;
    this.answering = isBlank(chat.baseUrl()) ? chat.model() : null;
    this.embedding = isBlank(embedding.baseUrl()) ? embedding.model() : null;
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  /// @param state `absent`, `loading`, `loaded` or `unloading`
  /// @param bytes in memory with its cache; null while nobody has asked it
  /// @param fileBytes on disk
  /// @param origin `pulled`, `placed` by hand, or named by the `settings`
  /// @param commit of the hub's repository, where it was pulled
  /// @param uses what the settings name it for: `chat`, `embedding`
  /// @param kind `decoder` or `encoder`, once it is loaded
  /// @param failure why it could not be loaded when that was last asked for
  /// @param load of a decoder that is loaded
  record ModelView(
      String name,
      String state,
      @Nullable Long bytes,
      long fileBytes,
      String origin,
      @Nullable String commit,
      @Nullable Instant pulledAt,
      List<String> uses,
      @Nullable String kind,
      @Nullable Integer contextTokens,
      @Nullable String failure,
      @Nullable LoadView load) {}

  /// @param batchTokens computed by the last pass
  /// @param prefixTokens tokens whose keys and values are kept for requests to come
  /// @param tokensPerSecond computed lately, read and written together
  /// @param tokensRead since it was loaded
  /// @param tokensWritten since it was loaded
  record LoadView(
      int waiting,
      int running,
      int batchTokens,
      int prefixTokens,
      int pagesFree,
      int pagesTotal,
      double tokensPerSecond,
      long tokensRead,
      long tokensWritten,
      List<TenantView> tenants) {}

  /// @param id null for requests of no tenant
  /// @param pages of the cache in memory
  /// @param tierPages on disk
  record TenantView(
      @Nullable String id,
      @Nullable String name,
      int waiting,
      int running,
      int pages,
      int tierPages) {}

  /// By name.
  List<ModelView> all(@Nullable EngineStatus status) {
    Map<String, EngineStatus.Model> known = new HashMap<>();
    if (status != null) {
      status.models().forEach(model -> known.put(model.name(), model));
    }
    List<ModelView> views = new ArrayList<>();
    models.files().forEach((name, files) -> views.add(view(name, files, known.get(name))));
    return views;
  }

  private ModelView view(
      String name, EngineModels.Files files, EngineStatus.@Nullable Model model) {
    ModelManifest manifest = files.manifest();
    EngineStatus.Loaded loaded = model == null ? null : model.loaded();
    return new ModelView(
        name,
        state(name, model),
        model == null ? null : model.bytes(),
        files.bytes(),
        files.origin().name().toLowerCase(Locale.ROOT),
        manifest == null ? null : manifest.commit(),
        manifest == null ? null : manifest.pulled(),
        uses(name),
        switch (loaded) {
          case null -> null;
          case EngineStatus.EncoderLoad _ -> "encoder";
          case DecoderLoad _ -> "decoder";
        },
        switch (loaded) {
          case null -> null;
          case EngineStatus.EncoderLoad(int contextTokens) -> contextTokens;
          case DecoderLoad decoder -> decoder.contextTokens();
        },
        loads.failure(name),
        loaded instanceof DecoderLoad decoder ? load(decoder) : null);
  }

  private String state(String name, EngineStatus.@Nullable Model model) {
    EngineStatus.State state = model == null ? EngineStatus.State.ABSENT : model.state();
    boolean begun = state == EngineStatus.State.ABSENT && loads.isUnderWay(name);
    return (begun ? EngineStatus.State.LOADING : state).name().toLowerCase(Locale.ROOT);
  }

  private List<String> uses(String name) {
    List<String> uses = new ArrayList<>();
    if (name.equals(answering)) {
      uses.add("chat");
    }
    if (name.equals(embedding)) {
      uses.add("embedding");
    }
    return uses;
  }

  private LoadView load(DecoderLoad load) {
    return new LoadView(
        load.waiting(),
        load.running(),
        load.batchTokens(),
        load.prefixTokens(),
        load.pagesFree(),
        load.pagesTotal(),
        load.tokensPerSecond(),
        load.tokensRead(),
        load.tokensWritten(),
        tenants(load.tenants()));
  }

  /// Whoever holds most first. Calls of no tenant have a name of their own each: they are one here.
  private List<TenantView> tenants(List<TenantLoad> loads) {
    List<TenantView> views = new ArrayList<>();
    TenantView others = new TenantView(null, null, 0, 0, 0, 0);
    for (TenantLoad load :
        loads.stream().sorted(Comparator.comparingInt(TenantLoad::pages).reversed()).toList()) {
      String name = views.size() < TENANTS_SHOWN ? name(load.tenant()) : null;
      if (name == null) {
        others = sum(others, load);
      } else {
        views.add(
            new TenantView(
                load.tenant(),
                name,
                load.waiting(),
                load.running(),
                load.pages(),
                load.tierPages()));
      }
    }
    if (!others.equals(new TenantView(null, null, 0, 0, 0, 0))) {
      views.add(others);
    }
    return views;
  }

  private static TenantView sum(TenantView so, TenantLoad load) {
    return new TenantView(
        null,
        null,
        so.waiting() + load.waiting(),
        so.running() + load.running(),
        so.pages() + load.pages(),
        so.tierPages() + load.tierPages());
  }

  private @Nullable String name(String tenant) {
    try {
      return tenants.tenant(UUID.fromString(tenant)).name();
    } catch (IllegalArgumentException | NotFoundException e) {
      return null;
    }
  }
}
