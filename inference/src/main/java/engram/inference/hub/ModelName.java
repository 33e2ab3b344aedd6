package engram.inference.hub;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names a model on a hub: `owner/name`, with `:variant` if only files with this in their names are
/// wanted (a quantisation, as a rule), and `@revision` for another than `main`.
///
/// @param variant empty for none
public record ModelName(String owner, String name, String variant, String revision) {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");
  private static final Pattern WHOLE =
      Pattern.compile("([^/:@]+)/([^/:@]+)(?::([^:@]+))?(?:@([^:@]+))?");
  private static final Pattern REVISION =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*");

  public ModelName {
    require(PART, owner, "owner");
    require(PART, name, "name");
    if (!variant.isEmpty()) {
      require(PART, variant, "variant");
    }
    require(REVISION, revision, "revision");
    if (name.contains("..") || owner.contains("--") || revision.contains("..")) {
      throw new IllegalArgumentException("'" + owner + "/" + name + "' is no model's name");
    }
  }

  /// @throws IllegalArgumentException if the text is no name
  public static ModelName parse(String text) {
    Matcher matcher = WHOLE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no model's name: owner/name, owner/name:variant, …@revision");
    }
    return new ModelName(
        matcher.group(1),
        matcher.group(2),
        matcher.group(3) == null ? "" : matcher.group(3),
        matcher.group(4) == null ? "main" : matcher.group(4));
  }

  /// `owner/name`.
  public String repository() {
    return owner + "/" + name;
  }

  /// The folder of its files: one per repository and variant.
  String folder() {
    String of = owner + "--" + name;
    return variant.isEmpty() ? of : of + "--" + variant.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return repository()
        + (variant.isEmpty() ? "" : ":" + variant)
        + (revision.equals("main") ? "" : "@" + revision);
  }

  private static void require(Pattern pattern, String value, String what) {
    if (value.length() > 128 || !pattern.matcher(value).matches()) {
      String shown = value.length() <= 60 ? value : value.substring(0, 60) + "…";
      throw new IllegalArgumentException("'" + shown + "' is no " + what + " of a model");
    }
  }
}
