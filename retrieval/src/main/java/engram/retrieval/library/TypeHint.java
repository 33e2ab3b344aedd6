package engram.retrieval.library;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a file's name says about how to read it: its ending in lower case, without the dot. The
/// same bytes read differently as Markdown and as plain text, so it is part of an extraction's key.
public final class TypeHint {
  private static final Pattern ENDING = Pattern.compile("[a-z0-9_+-]{1,16}");

  private TypeHint() {}

  /// Empty if the name has no usable ending.
  public static String of(String filename) {
    String ending = filename.substring(filename.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return ending.length() < filename.length() && ENDING.matcher(ending).matches() ? ending : "";
  }

  /// With the declared media type, whose charset changes what a text file says.
  public static String of(String filename, @Nullable String declaredType) {
    return declaredType == null ? of(filename) : of(filename) + ";" + declaredType;
  }
}
