package engram.inference.engine;

import engram.inference.schedule.StepModel;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A model that is ready to run.
///
/// @param model owned by its engine thread
/// @param another the same weights with a cache of its own, to read along with another model
/// @param reader makes vectors with the same weights, and is closed before them; null if it cannot
record LoadedModel(
    StepModel model,
    Vocabulary vocabulary,
    Supplier<StepModel> another,
    @Nullable TextReader reader)
    implements Loaded {
  LoadedModel(StepModel model, Vocabulary vocabulary, Supplier<StepModel> another) {
    this(model, vocabulary, another, null);
  }
}
