package engram.memory.log;

import engram.memory.EventDraft;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/// What of an event is encrypted.
///
/// @param speaker by name
record EventBody(String text, String speaker, Map<String, String> attributes) {
  private static final JsonMapper JSON = JsonMapper.shared();

  static byte[] bytes(EventDraft draft) {
    return JSON.writeValueAsBytes(new EventBody(draft.text(), draft.speaker(), draft.attributes()));
  }

  static EventBody of(byte[] bytes) {
    return JSON.readValue(bytes, EventBody.class);
  }

  /// Everything that makes two drafts the same, in an order that does not depend on maps.
  static String[] content(EventDraft draft) {
    return new String[] {
      draft.session(),
      draft.role().text(),
      draft.speaker(),
      draft.at().toString(),
      draft.text(),
      draft.call() == null ? "" : "call " + draft.call(),
      Float.toString((float) draft.importance()),
      new TreeMap<>(draft.attributes()).toString()
    };
  }
}
