package engram.system.planted.retrieval.inside;

import engram.system.planted.retrieval.fuse.Inside;

public class Cycle {
  public Inside inside() {
    return new Inside();
  }
}
