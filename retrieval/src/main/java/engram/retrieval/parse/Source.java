package engram.retrieval.parse;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One file to parse: the uploaded one, or one found inside it and copied to a temporary file.
///
/// @param name as the person or the archive calls it; hostile, never used as a path
/// @param mediaType detected, without parameters
/// @param charset declared from outside, if it was
record Source(Path path, String name, String mediaType, @Nullable String charset) {
  /// The name's ending in lower case, without the dot; empty if it has none.
  String extension() {
    return extension(name);
  }

  static String extension(String name) {
    int slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
    int dot = name.lastIndexOf('.');
    return dot > slash ? name.substring(dot + 1).toLowerCase(java.util.Locale.ROOT) : "";
  }
}
