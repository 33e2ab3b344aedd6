package engram.api.openai.vectorstores;

import engram.api.openai.RequestProblem;
import engram.retrieval.SearchRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The cursor of a search: an offset, bound to the search that it came from so that the second page
/// of one query cannot be taken for that of another.
final class NextPage {
  private final long search;

  NextPage(String store, List<String> queries, @Nullable JsonNode filters) {
    CRC32 crc = new CRC32();
    crc.update((store + "\n" + queries + "\n" + filters).getBytes(StandardCharsets.UTF_8));
    this.search = crc.getValue();
  }

  String at(int offset) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((offset + ":" + search).getBytes(StandardCharsets.UTF_8));
  }

  int offset(@Nullable String page) {
    if (page == null) {
      return 0;
    }
    try {
      String text = new String(Base64.getUrlDecoder().decode(page), StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      int offset = Integer.parseInt(text, 0, Math.max(colon, 0), 10);
      if (Long.parseLong(text.substring(colon + 1)) == search
          && offset >= 0
          && offset <= SearchRequest.OFFSET_MAX) {
        return offset;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw RequestProblem.invalid(
        "page", "'page' is the 'next_page' of an earlier reply to the same query and filters.");
  }
}
