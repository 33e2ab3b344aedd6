package engram.inference.engine;

import engram.inference.schedule.StepModel;
import java.util.function.Supplier;

/// A model that is ready to run.
///
/// @param model owned by its engine thread
/// @param another the same weights with a cache of its own, to read along with another model
public record LoadedModel(StepModel model, Vocabulary vocabulary, Supplier<StepModel> another)
    implements Loaded {}
