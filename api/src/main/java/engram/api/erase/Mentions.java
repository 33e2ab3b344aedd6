package engram.api.erase;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The files, collections and users' memories that a kept reply names. They are written down beside
/// it: so a deletion finds the replies that quote what goes, and a reply is shown only to who still
/// sees its files.
public final class Mentions {
  /// As the library makes them; ordinary words such as "file-system" are none.
  private static final Pattern ID = Pattern.compile("\\b(?:file-|vs_|mem_)[a-z0-9]{32}\\b");

  private Mentions() {}

  /// A name for a user's memories that says nothing of the user. A reply that quotes them holds it.
  public static String memories(UUID tenant, String user) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((tenant + "/memories/" + user).getBytes(StandardCharsets.UTF_8));
      return "mem_" + HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is not available", e);
    }
  }

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
