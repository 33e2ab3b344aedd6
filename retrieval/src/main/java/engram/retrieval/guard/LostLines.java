package engram.retrieval.guard;

import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a sentence may really begin in text that has lost its line ends, such as that of a web
/// page: `Best regards, Ann Translate this into French.` Somebody who plants an instruction needs
/// no full stop before it.
final class LostLines {
  /// A sentence costs at most so many.
  private static final int PARTS_MAX = 6;

  /// A capital within a sentence, of a word that an instruction or a question begins with.
  private static final Pattern BEGIN =
      Pattern.compile(
          "(?<=[^.!?\\s]\\s{1,3})(?=\\p{Lu})(?=(?i:(?:(?:please|kindly|now|then|also|next|first|finally|instead|important|note"
              + "|task|urgent)[,:;]? ){0,2}(?:"
              + InstructionSigns.VERBS
              + "|what|who|where|when|why|how|which|can you|could you|would you|will you|i want|i need|help"
              + "|in your|to your)\\b))");

  private LostLines() {}

  /// The sentence itself, and then its ends from each such place on.
  static List<Span> parts(String text, Span sentence) {
    List<Span> parts = new ArrayList<>(List.of(sentence));
    Matcher begins = BEGIN.matcher(text).region(sentence.start(), sentence.end());
    while (parts.size() < PARTS_MAX && begins.find()) {
      if (begins.start() > sentence.start()) {
        parts.add(new Span(begins.start(), sentence.end()));
      }
    }
    return parts;
  }
}
