package engram.api.mcp;

import engram.memory.Event;
import engram.memory.Fact;
import java.util.LinkedHashMap;
import java.util.Map;

/// Events and facts as the tools return them.
final class Shown {
  private Shown() {}

  static Map<String, Object> event(Event event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", event.seq());
    line.put("session", event.session());
    line.put("position", event.position());
    line.put("role", event.role().text());
    line.put("speaker", event.speaker());
    line.put("at", event.at().toString());
    line.put("text", event.text());
    return line;
  }

  static Map<String, Object> fact(Fact fact) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("claim", fact.claim());
    line.put("subject", fact.subject());
    line.put("predicate", fact.predicate());
    line.put("object", fact.object());
    line.put("source", fact.source().text());
    line.put("valid_from", String.valueOf(fact.validFrom()));
    line.put("valid_to", String.valueOf(fact.validTo()));
    line.put("said_at", fact.eventAt().toString());
    return line;
  }
}
