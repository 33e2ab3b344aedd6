package engram.api.signals;

import engram.api.engine.EngineModels;
import engram.api.error.Failure;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// What requests about models of this process have in common.
@Component
class LocalArguments {
  private static final int TEXT_CHARS_MAX = 1_000_000;

  private final EngineModels models;

  LocalArguments(EngineModels models) {
    this.models = models;
  }

  /// A model that is here.
  String model(@Nullable String given) {
    if (given == null || given.isBlank()) {
      throw Failure.invalid("model", "'model' is missing.").toException();
    }
    if (!models.has(given)) {
      throw Failure.of(
              404,
              "model_not_found",
              "There is no model '"
                  + given
                  + "' in this process. There are "
                  + (models.names().isEmpty() ? "none" : String.join(", ", models.names()))
                  + ".")
          .toException();
    }
    return given;
  }

  /// A text that is there and not too long.
  String text(@Nullable String given, String param) {
    if (given == null || given.isEmpty()) {
      throw Failure.invalid(param, "'" + param + "' is missing.").toException();
    }
    if (given.length() > TEXT_CHARS_MAX) {
      throw Failure.invalid(
              param, "'" + param + "' has more than " + TEXT_CHARS_MAX + " characters.")
          .toException();
    }
    return given;
  }
}
