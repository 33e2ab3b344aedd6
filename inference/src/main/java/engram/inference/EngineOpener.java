package engram.inference;

/// Makes engines: how the door reaches what lies inside without knowing it.
public interface EngineOpener {
  Engine open(EngineSettings settings);
}
