package engram.retrieval.ask;

import engram.retrieval.Hit;
import engram.retrieval.pack.Passage;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/// Shows passages to a model as data: each between marks that carry a number drawn anew for each
/// request, so that no document can close them.
///
/// What in a passage looks like such a mark, or like a token of the templates that servers put
/// chats into, is broken up by a blank; servers that read those tokens in any text would end our
/// turn there. Characters that nobody sees and a model reads (the tags of Unicode) are left out.
/// This is what is shown; citations are made of the passages as they are.
///
/// @param nonce stands in no passage
record Fence(String nonce) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern TEMPLATE_TOKEN =
      Pattern.compile(
          "[<＜](?=\\s*/?\\s*passage|[|｜]|/?s>|/?SYS>>|<SYS>>|</SYS>>|/?(?:start|end)_of_turn>|/?system>)"
              + "|\\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)])",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern TAGS = Pattern.compile("[\\x{E0000}-\\x{E007F}]");

  /// @param hits all that may be shown
  static Fence around(List<Hit> hits) {
    byte[] bytes = new byte[8];
    while (true) {
      RANDOM.nextBytes(bytes);
      String nonce = HexFormat.of().formatHex(bytes);
      if (hits.stream().noneMatch(hit -> (hit.text() + hit.context()).contains(nonce))) {
        return new Fence(nonce);
      }
    }
  }

  String opening() {
    return "<passage-" + nonce + ">";
  }

  String closing() {
    return "</passage-" + nonce + ">";
  }

  /// Titles and headings come from the document too, so they stand inside the marks.
  String block(int number, Passage passage) {
    String title = passage.source().title();
    StringBuilder head = new StringBuilder(title == null ? passage.source().filename() : title);
    passage.source().headingPath().forEach(heading -> head.append(" > ").append(heading));
    return "Passage "
        + number
        + ":\n"
        + opening()
        + "\n("
        + neutral(head.toString())
        + ")\n"
        + context(passage)
        + neutral(passage.text())
        + "\n"
        + closing()
        + "\n\n";
  }

  /// Words that help to read the passage and are none of it: never numbered, never quoted.
  private static String context(Passage passage) {
    String context = passage.hits().getFirst().context();
    return context.isEmpty() ? "" : "(context: " + neutral(context) + ")\n";
  }

  static String neutral(String text) {
    return TEMPLATE_TOKEN.matcher(TAGS.matcher(text).replaceAll("")).replaceAll("$0 ");
  }
}
