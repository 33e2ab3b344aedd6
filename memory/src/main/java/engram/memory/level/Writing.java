package engram.memory.level;

import engram.memory.Event;
import engram.memory.Summariser;
import engram.memory.Summariser.Request;
import engram.memory.Summariser.Source;
import engram.memory.level.SummaryRows.Row;
import engram.retrieval.ModelException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has texts written and holds them to their size. Where the model fails an extract stands in, so
/// that nothing waits for it.
final class Writing {
  private static final Logger LOG = LoggerFactory.getLogger(Writing.class);

  static final Summariser FALLBACK = new SentencePicks();

  private final Summariser summariser;

  Writing(Summariser summariser) {
    this.summariser = summariser;
  }

  /// @param writer who wrote it
  record Text(String text, String writer) {}

  String name() {
    return summariser.name();
  }

  /// Never longer than asked for, whatever the summariser gave; never empty where its sources are
  /// not.
  Text write(Request request) {
    try {
      String text = cut(summariser.summarise(request), request.charsMax());
      if (!text.isBlank()) {
        return new Text(text, summariser.name());
      }
      LOG.debug("{} wrote nothing for {}", summariser.name(), request.level());
    } catch (ModelException failure) {
      LOG.warn(
          "{} failed ({}); an extract stands in for a summary of {} sources",
          summariser.name(),
          failure.code(),
          request.sources().size());
    }
    return new Text(cut(FALLBACK.summarise(request), request.charsMax()), FALLBACK.name());
  }

  /// At a line's end where there is one in the second half, else at a word's.
  static String cut(String text, int charsMax) {
    String clean = text.replace("\0", "").strip();
    if (clean.length() <= charsMax) {
      return clean;
    }
    int line = clean.lastIndexOf('\n', charsMax);
    int space = clean.lastIndexOf(' ', charsMax);
    int end = line > charsMax / 2 ? line : space > charsMax / 2 ? space : charsMax;
    return clean
        .substring(0, Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end)
        .strip();
  }

  /// Its first line, and no more than a short one.
  static String brief(String text) {
    return cut(text.lines().findFirst().orElse(""), BRIEF_CHARS_MAX);
  }

  private static final int BRIEF_CHARS_MAX = 120;

  static String speaker(Event event) {
    return event.speaker().isEmpty() ? event.role().text() : event.speaker();
  }

  static List<Source> sources(List<Row> rows) {
    return rows.stream()
        .filter(row -> !row.text().isEmpty())
        .map(row -> new Source(row.from(), "", row.text()))
        .toList();
  }
}
