package engram.system.planted.retrieval.fuse;

import engram.system.planted.inference.Engine;
import engram.system.planted.retrieval.inside.Cycle;

/// Knows inference, and is in a cycle with `inside`.
public class Inside {
  public Engine engine = new Engine();

  public Cycle cycle() {
    return new Cycle();
  }
}
