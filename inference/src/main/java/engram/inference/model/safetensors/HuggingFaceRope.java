package engram.inference.model.safetensors;

import engram.inference.model.config.Architecture;
import engram.inference.model.config.ModelConfig;
import engram.inference.model.config.RopeScaling;
import engram.inference.model.config.RopeTable;
import org.jspecify.annotations.Nullable;

/// Rotary settings in their old and new spelling.
final class HuggingFaceRope {
  private final Json json;
  private final Architecture architecture;
  private final int contextWindow;
  private final @Nullable Json parameters;

  HuggingFaceRope(Json json, Architecture architecture, int contextWindow) {
    this.json = json;
    this.architecture = architecture;
    this.contextWindow = contextWindow;
    parameters = json.child("rope_parameters");
  }

  double rotaryShare() {
    double share = json.number("partial_rotary_factor", 1);
    if (parameters != null) {
      share = parameters.number("partial_rotary_factor", share);
    }
    if (!(share > 0) || share > 1) {
      throw json.wrong("partial_rotary_factor is " + share + ", not in 0..1");
    }
    return share;
  }

  RopeTable everywhere() {
    if (parameters == null) {
      double base = json.number("rope_theta", usualBase());
      Json scaling = json.child("rope_scaling");
      return new RopeTable(base, scaling == null ? new RopeScaling.None() : scaling(scaling));
    }
    Json full = parameters.child("full_attention");
    return table(full == null ? parameters : full, usualBase());
  }

  RopeTable sliding() {
    if (architecture != Architecture.GEMMA3) {
      return everywhere();
    }
    Json sliding = parameters == null ? null : parameters.child("sliding_attention");
    return sliding == null
        ? new RopeTable(json.number("rope_local_base_freq", 10_000), new RopeScaling.None())
        : table(sliding, 10_000);
  }

  private double usualBase() {
    return architecture == Architecture.GEMMA3 ? 1_000_000 : 10_000;
  }

  private RopeTable table(Json settings, double usualBase) {
    return new RopeTable(settings.number("rope_theta", usualBase), scaling(settings));
  }

  private RopeScaling scaling(Json settings) {
    String type = settings.string("rope_type", settings.string("type", "default"));
    double factor = settings.number("factor", 1);
    int trained =
        settings.integer(
            "original_max_position_embeddings",
            1,
            ModelConfig.CONTEXT_MAX,
            json.integer(
                "original_max_position_embeddings", 1, ModelConfig.CONTEXT_MAX, contextWindow));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(settings.requireNumber("factor"));
      case "dynamic" -> new RopeScaling.Ntk(settings.requireNumber("factor"), contextWindow);
      case "yarn" -> yarn(settings, factor, trained);
      case "llama3" ->
          new RopeScaling.Llama3(
              settings.requireNumber("factor"),
              settings.requireNumber("low_freq_factor"),
              settings.requireNumber("high_freq_factor"),
              trained);
      case "longrope", "su" ->
          new RopeScaling.LongRope(
              settings.floats("short_factor", ModelConfig.WIDTH_MAX),
              settings.floats("long_factor", ModelConfig.WIDTH_MAX),
              trained,
              settings.number(
                  "attention_factor",
                  RopeScaling.LongRope.usualMagnitude((double) contextWindow / trained, trained)));
      default -> throw json.wrong("has the rope scaling " + type + ", which is not supported");
    };
  }

  private RopeScaling yarn(Json settings, double factor, int trained) {
    double stretch = settings.has("factor") ? factor : (double) contextWindow / trained;
    double usual = RopeScaling.Yarn.usualMagnitude(stretch);
    double scale = settings.number("mscale", 0);
    double scaleAll = settings.number("mscale_all_dim", 0);
    if (scale != 0 && scaleAll != 0) {
      usual = magnitude(stretch, scale) / magnitude(stretch, scaleAll);
    }
    return new RopeScaling.Yarn(
        stretch,
        trained,
        settings.number("beta_fast", 32),
        settings.number("beta_slow", 1),
        settings.bool("truncate", true),
        settings.number("attention_factor", usual));
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }
}
