package engram.retrieval.ask;

import engram.retrieval.Flag;
import engram.retrieval.Hit;
import engram.retrieval.guard.Harmless;
import engram.retrieval.pack.Passage;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/// Shows passages to a model as data: each between marks that carry a number drawn anew for each
/// request, so that no document can close them.
///
/// This is what is shown, as [Harmless] has it; citations are made of the passages as they are.
///
/// @param nonce stands in no passage
record Fence(String nonce) {
  private static final SecureRandom RANDOM = new SecureRandom();

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
    passage
        .source()
        .headingPath()
        .forEach(heading -> head.append(Flag.BETWEEN_HEADINGS).append(heading));
    return "Passage "
        + number
        + ":\n"
        + opening()
        + "\n("
        + Harmless.text(head.toString())
        + ")\n"
        + context(passage)
        + Harmless.text(passage.text())
        + "\n"
        + closing()
        + "\n\n";
  }

  /// Words that help to read the passage and are none of it: never numbered, never quoted.
  private static String context(Passage passage) {
    String context = passage.hits().getFirst().context();
    return context.isEmpty() ? "" : "(context: " + Harmless.text(context) + ")\n";
  }
}
