package engram.retrieval.cite;

import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Sentences as they are quoted: those of [engram.retrieval.chunk.Sentences], none longer than can
/// be read as a quote.
public final class Sentences {
  /// A table or a listing may go on for pages without a full stop.
  public static final int SENTENCE_CHARS_MAX = 600;

  private Sentences() {}

  /// In order, each without the white space around it, none empty.
  public static List<Span> of(String text) {
    List<Span> sentences = new ArrayList<>();
    engram.retrieval.chunk.Sentences.split(text, Locale.ROOT)
        .forEach(sentence -> add(text, sentence.start(), sentence.end(), sentences));
    return sentences;
  }

  /// All of a text as one, without the white space around it; cut only where it is too long.
  public static List<Span> whole(String text) {
    List<Span> parts = new ArrayList<>();
    int start = 0;
    while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    add(text, start, text.stripTrailing().length(), parts);
    return parts;
  }

  private static void add(String text, int from, int to, List<Span> sentences) {
    int start = from;
    while (to - start > SENTENCE_CHARS_MAX) {
      int cut = cut(text, start);
      int end = cut;
      while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
        end--;
      }
      if (end > start) {
        sentences.add(new Span(start, end));
      }
      start = cut;
      while (start < to && Character.isWhitespace(text.charAt(start))) {
        start++;
      }
    }
    if (start < to) {
      sentences.add(new Span(start, to));
    }
  }

  private static int cut(String text, int start) {
    int limit = start + SENTENCE_CHARS_MAX;
    int line = text.lastIndexOf('\n', limit);
    int space = text.lastIndexOf(' ', limit);
    int cut = line > start ? line : space > start ? space : limit;
    return Character.isLowSurrogate(text.charAt(cut)) ? cut - 1 : cut;
  }
}
