package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.INVALID;

import engram.retrieval.Access;
import engram.retrieval.RefusedException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What callers may write into names, attributes and readers. The numbers are OpenAI's where it has
/// them. Leaves text as it is or refuses it; only file names are repaired, since browsers and mail
/// programs send whole paths in good faith.
final class Limits {
  static final int ATTRIBUTES = 16;
  static final int KEY_CHARS = 64;
  static final int VALUE_CHARS = 512;
  static final int NAME_CHARS = 255;
  static final int DESCRIPTION_CHARS = 4_096;
  static final int READERS = 1_000;
  static final int EXPIRES_AFTER_DAYS = 3_650;
  static final int BATCH_FILES = 2_000;

  private Limits() {}

  /// The last part of a path without control characters, at most [#NAME_CHARS] long; what is cut is
  /// cut before the ending, which says how to read the file.
  static String filename(String raw) {
    String cleaned = withoutControls(raw);
    int slash = Math.max(cleaned.lastIndexOf('/'), cleaned.lastIndexOf('\\'));
    String name = cleaned.substring(slash + 1).strip();
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return "unnamed";
    }
    if (name.length() <= NAME_CHARS) {
      return name;
    }
    int dot = name.lastIndexOf('.');
    String ending = dot > 0 && name.length() - dot <= 16 ? name.substring(dot) : "";
    return wholeCharacters(name, NAME_CHARS - ending.length()) + ending;
  }

  static String text(String what, String raw, int charsMax) {
    String text = withoutControls(raw).strip();
    if (text.length() > charsMax) {
      throw invalid(what + " is longer than " + charsMax + " characters.");
    }
    return text;
  }

  static String required(String what, String raw, int charsMax) {
    String text = text(what, raw, charsMax);
    if (text.isEmpty()) {
      throw invalid(what + " is empty.");
    }
    return text;
  }

  static Map<String, Object> attributes(Map<String, Object> attributes) {
    entries("attributes", attributes);
    attributes.forEach((key, value) -> {
      boolean fits =
          switch (value) {
            case String text -> storable(text) && text.length() <= VALUE_CHARS;
            case Boolean flag -> true;
            case Number number -> Double.isFinite(number.doubleValue());
            case null, default -> false;
          };
      if (!fits) {
        throw invalid(
            "attribute '"
                + key
                + "' is not a string of at most "
                + VALUE_CHARS
                + " characters, a finite number or a boolean.");
      }
    });
    return Map.copyOf(attributes);
  }

  static Map<String, String> metadata(Map<String, String> metadata) {
    entries("metadata", metadata);
    metadata.forEach((key, value) -> {
      if (!storable(value) || value.length() > VALUE_CHARS) {
        throw invalid(
            "metadata '" + key + "' is not a string of at most " + VALUE_CHARS + " characters.");
      }
    });
    return Map.copyOf(metadata);
  }

  static Set<String> readers(Set<String> readers) {
    if (readers.size() > READERS) {
      throw invalid("a document has at most " + READERS + " readers, not " + readers.size() + ".");
    }
    for (String reader : readers) {
      if (!Access.isPrincipal(reader) || !storable(reader)) {
        throw invalid(
            "a reader has 1 to 256 characters without blanks and commas, such as user:ann.");
      }
    }
    return Set.copyOf(readers);
  }

  static @Nullable Integer expiry(@Nullable Integer days) {
    if (days != null && (days < 1 || days > EXPIRES_AFTER_DAYS)) {
      throw invalid("expires_after.days " + days + " is not in [1, " + EXPIRES_AFTER_DAYS + "].");
    }
    return days;
  }

  private static void entries(String what, Map<String, ?> map) {
    if (map.size() > ATTRIBUTES) {
      throw invalid(what + " has at most " + ATTRIBUTES + " keys, not " + map.size() + ".");
    }
    for (String key : map.keySet()) {
      if (key.isEmpty() || key.length() > KEY_CHARS || !storable(key)) {
        throw invalid("a key of " + what + " has 1 to " + KEY_CHARS + " characters.");
      }
    }
  }

  /// PostgreSQL stores no NUL, and half a surrogate pair is not a character in UTF-8.
  private static boolean storable(String text) {
    return text.chars().noneMatch(c -> c == 0)
        && text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  private static String withoutControls(String raw) {
    StringBuilder out = new StringBuilder(raw.length());
    raw.codePoints()
        .filter(c -> !Character.isISOControl(c) && !(c >= 0xD800 && c <= 0xDFFF))
        // Marks that turn the direction of writing make "fdp.exe" look like "exe.pdf".
        .filter(c -> !(c >= 0x202A && c <= 0x202E) && !(c >= 0x2066 && c <= 0x2069))
        .forEach(out::appendCodePoint);
    return out.toString();
  }

  private static String wholeCharacters(String text, int charsMax) {
    int end = Character.isHighSurrogate(text.charAt(charsMax - 1)) ? charsMax - 1 : charsMax;
    return text.substring(0, end);
  }

  private static RefusedException invalid(String message) {
    return new RefusedException(INVALID, "invalid_value", message);
  }
}
