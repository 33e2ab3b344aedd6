package engram.api.erase;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The files and collections that a kept reply names. They are written down beside it: so a
/// deletion finds the replies that quote what goes, and a reply is shown only to who still sees its
/// files.
public final class Mentions {
  /// As the library makes them; ordinary words such as "file-system" are none.
  private static final Pattern ID = Pattern.compile("\\b(?:file-|vs_)[a-z0-9]{32}\\b");

  private Mentions() {}

  public static Set<String> in(String text) {
    Set<String> found = new HashSet<>();
    for (Matcher matcher = ID.matcher(text); matcher.find(); ) {
      found.add(matcher.group());
    }
    return found;
  }

  public static Set<String> files(Set<String> mentions) {
    return mentions.stream().filter(id -> id.startsWith("file-")).collect(Collectors.toSet());
  }
}
