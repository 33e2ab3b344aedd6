package engram.system.planted.api.rest;

class ThroughTheCellar {
  engram.system.planted.eval.metric.KnowsTheSearch eval =
      new engram.system.planted.eval.metric.KnowsTheSearch();
}
