package engram.system.planted.db.util;

import org.springframework.web.util.UriUtils;

/// In a package without a meaning, and knows the web.
public class Shapeless {
  public String encode(String text) {
    return UriUtils.encode(text, "UTF-8");
  }
}
