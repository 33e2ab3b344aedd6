package engram.system.planted.eval.metric;

import engram.system.planted.retrieval.fuse.Inside;

public class KnowsTheSearch {
  public Inside inside = new Inside();
}
