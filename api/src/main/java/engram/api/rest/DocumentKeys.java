package engram.api.rest;

import engram.api.error.Failure;
import engram.retrieval.Access;
import engram.retrieval.Library;
import org.jspecify.annotations.Nullable;

/// How paths name a document: by its file's id, by the caller's own key, or, where a key does not
/// fit into a path (it has slashes, or looks like an id), by `by-key?key=…`.
final class DocumentKeys {
  private static final String BY_KEY = "by-key";
  private static final String FILE_ID = "file-";
  private static final int CHARS_MAX = 512;

  private DocumentKeys() {}

  /// @param key the query's; null if it has none
  /// @return the file's id
  static String file(Library library, Access access, String path, @Nullable String key) {
    if (key == null) {
      return path.startsWith(FILE_ID) ? path : library.fileByKey(access, path).id();
    }
    checkPath(path);
    return library.fileByKey(access, key).id();
  }

  /// @param path may have slashes, the first of which was captured with it
  /// @return the key that is put
  static String put(String path, @Nullable String given) {
    String segment = path.startsWith("/") ? path.substring(1) : path;
    if (given != null) {
      checkPath(segment);
    }
    String key = given == null ? segment : given;
    if (key.isBlank() || key.length() > CHARS_MAX || key.chars().anyMatch(c -> c < ' ')) {
      throw Failure.invalid(
              "key", "A key has 1 to " + CHARS_MAX + " characters and no control characters.")
          .toException();
    }
    return key;
  }

  private static void checkPath(String path) {
    if (!path.equals(BY_KEY)) {
      throw Failure.invalid("key", "'key' goes with the path …/documents/" + BY_KEY + ".")
          .toException();
    }
  }
}
