package engram.eval.read;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A run file: `topic Q0 document rank score name`. As in `trec_eval`, the rank in the file counts
/// for nothing: documents are ordered by falling score, and those of one score by falling name,
/// byte for byte (`form_res_rels.c`).
public final class TrecRun {
  private TrecRun() {}

  private record Scored(String document, double score) {}

  /// @param name for messages
  /// @return documents, best first, by topic
  public static Map<String, List<String>> read(String name, InputStream in) throws IOException {
    Map<String, List<Scored>> topics = new LinkedHashMap<>();
    Map<String, Set<String>> seen = new LinkedHashMap<>();
    try (Lines lines = new Lines(name, in)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (line.isBlank()) {
          continue;
        }
        String[] cells = lines.checked(line, Lines.ROW_CHARS_MAX).strip().split("\\s+");
        if (cells.length != 6) {
          throw lines.wrong("has not the six columns topic, Q0, document, rank, score, name");
        }
        if (!seen.computeIfAbsent(cells[0], topic -> new HashSet<>()).add(cells[2])) {
          throw lines.wrong("ranks document '" + Judgements.shown(cells[2]) + "' a second time");
        }
        topics
            .computeIfAbsent(cells[0], topic -> new ArrayList<>())
            .add(new Scored(cells[2], score(cells[4], lines)));
      }
    }
    Map<String, List<String>> rankings = new LinkedHashMap<>();
    topics.forEach((topic, scored) -> rankings.put(topic, ranked(scored)));
    return rankings;
  }

  private static double score(String text, Lines lines) {
    try {
      double score = Double.parseDouble(text);
      if (!Double.isNaN(score)) {
        return score;
      }
    } catch (NumberFormatException notANumber) {
      throw lines.wrong("has the score '" + Judgements.shown(text) + "', which is no number");
    }
    throw lines.wrong("has a score that is no number");
  }

  private static List<String> ranked(List<Scored> scored) {
    scored.sort((left, right) -> {
      int byScore = Double.compare(right.score(), left.score());
      return byScore != 0 ? byScore : Arrays.compareUnsigned(bytes(right), bytes(left));
    });
    return scored.stream().map(Scored::document).toList();
  }

  private static byte[] bytes(Scored scored) {
    return scored.document().getBytes(StandardCharsets.UTF_8);
  }
}
