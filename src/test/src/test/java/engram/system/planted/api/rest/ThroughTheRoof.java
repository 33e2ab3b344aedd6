package engram.system.planted.api.rest;

import engram.system.planted.memory.log.Attic;

/// Enters the memory room beside its door.
public class ThroughTheRoof {
  public Attic attic = new Attic();
}
