package engram.inference.chat.jinja;

import java.util.Map;

/// The one kind of value that a template may change.
record Namespace(Map<String, Object> names) {}
