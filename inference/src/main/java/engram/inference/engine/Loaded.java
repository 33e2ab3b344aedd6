package engram.inference.engine;

/// A model that is ready: one that writes, or one that reads only.
sealed interface Loaded permits LoadedModel, TextEncoder {}
