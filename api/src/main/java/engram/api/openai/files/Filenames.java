package engram.api.openai.files;

import engram.api.openai.RequestProblem;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What clients say about the files that they send. None of it is trusted.
public final class Filenames {
  private static final int CHARS_MAX = 255;
  private static final Set<String> PURPOSES =
      Set.of("assistants", "user_data", "vision", "batch", "fine-tune", "evals");

  private Filenames() {}

  /// The last part of a path, without control characters, at most 255 characters and with its
  /// ending kept.
  public static String clean(@Nullable String given) {
    String name = given == null ? "" : given;
    name = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    name = name.replaceAll("[\\p{Cntrl}\\p{Cf}]", "").strip();
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return "file";
    }
    if (name.length() <= CHARS_MAX) {
      return name;
    }
    int dot = name.lastIndexOf('.');
    String ending = dot > 0 && name.length() - dot <= 16 ? name.substring(dot) : "";
    return name.substring(0, CHARS_MAX - ending.length()) + ending;
  }

  static String purpose(@Nullable String purpose) {
    if (purpose == null) {
      throw RequestProblem.missing("purpose");
    }
    if (!PURPOSES.contains(purpose)) {
      throw RequestProblem.invalid(
          "purpose", "'purpose' is 'assistants' or 'user_data' for documents.");
    }
    return purpose;
  }
}
