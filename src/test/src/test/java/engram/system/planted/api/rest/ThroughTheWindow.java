package engram.system.planted.api.rest;

import engram.system.planted.retrieval.fuse.Inside;

public class ThroughTheWindow {
  public Inside inside = new Inside();
}
