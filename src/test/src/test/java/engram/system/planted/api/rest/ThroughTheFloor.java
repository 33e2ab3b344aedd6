package engram.system.planted.api.rest;

import engram.system.planted.inference.tensor.Workshop;

/// Enters the inference room by none of its doors.
public class ThroughTheFloor {
  public Workshop workshop = new Workshop();
}
