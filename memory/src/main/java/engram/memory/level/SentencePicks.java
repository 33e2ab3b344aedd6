package engram.memory.level;

import engram.memory.Summariser;
import engram.memory.index.Words;
import java.text.BreakIterator;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Picks sentences that say what the most speak of, each speaking of something new.
///
/// SumBasic (Nenkova & Vanderwende, Microsoft Research TR-2005-101): a sentence is worth the mean
/// probability of its words; once one is picked, the probabilities of its words are squared.
/// Questions and interjections are picked only where there is nothing else, for they state nothing.
/// Picked sentences stand in the order in which they were said, one a line.
public final class SentencePicks implements Summariser {
  private static final int WORDS_MIN = 3;
  private static final double WEAK = 1e-3;

  /// What there is to pick from, at most: the earliest are left out, for the latest hold.
  private static final int SENTENCES_MAX = 2_000;

  @Override
  public String name() {
    return "extractive";
  }

  private record Sentence(String line, Set<String> words, boolean weak) {}

  @Override
  public String summarise(Request request) {
    List<Sentence> sentences = sentences(request);
    Map<String, Double> share = shares(sentences);
    Set<Integer> picked = new TreeSet<>();
    Set<String> lines = new HashSet<>();
    int chars = 0;
    while (picked.size() < sentences.size()) {
      int best = -1;
      double most = -1;
      for (int at = 0; at < sentences.size(); at++) {
        Sentence sentence = sentences.get(at);
        int length = sentence.line().length() + 1;
        if (picked.contains(at)
            || lines.contains(sentence.line())
            || (chars + length > request.charsMax() && chars > 0)) {
          continue;
        }
        double value = value(sentence, share);
        if (value >= most) { // of equals the later
          most = value;
          best = at;
        }
      }
      if (best < 0) {
        break;
      }
      picked.add(best);
      lines.add(sentences.get(best).line());
      chars += sentences.get(best).line().length() + 1;
      sentences.get(best).words().forEach(word -> share.computeIfPresent(word, (w, p) -> p * p));
    }
    StringBuilder text = new StringBuilder();
    picked.forEach(at -> text.append(sentences.get(at).line()).append('\n'));
    return text.toString().strip();
  }

  private static double value(Sentence sentence, Map<String, Double> share) {
    double sum = 0;
    for (String word : sentence.words()) {
      sum += share.getOrDefault(word, 0.0);
    }
    double mean = sentence.words().isEmpty() ? 0 : sum / sentence.words().size();
    return sentence.weak() ? mean * WEAK : mean;
  }

  private static Map<String, Double> shares(List<Sentence> sentences) {
    Map<String, Double> share = new HashMap<>();
    double all = 0;
    for (Sentence sentence : sentences) {
      for (String word : sentence.words()) {
        share.merge(word, 1.0, Double::sum);
        all++;
      }
    }
    double total = Math.max(1, all);
    share.replaceAll((word, count) -> count / total);
    return share;
  }

  private static List<Sentence> sentences(Request request) {
    List<Sentence> sentences = new ArrayList<>();
    for (Source source : request.sources()) {
      if (source.speaker().isEmpty()) {
        // A summary: its lines are sentences, and say when unless they do already.
        source
            .text()
            .lines()
            .filter(line -> !line.isBlank())
            .forEach(line -> sentences.add(sentence(dated(line.strip(), source), line)));
      } else {
        for (String text : split(source.text())) {
          sentences.add(sentence(source.speaker() + ": " + text, text));
        }
      }
    }
    return sentences.subList(Math.max(0, sentences.size() - SENTENCES_MAX), sentences.size());
  }

  private static String dated(String line, Source source) {
    return line.startsWith("[")
        ? line
        : "[" + source.at().atZone(ZoneOffset.UTC).toLocalDate() + "] " + line;
  }

  private static Sentence sentence(String line, String said) {
    Set<String> words = new HashSet<>(Words.of(said));
    return new Sentence(line, words, words.size() < WORDS_MIN || said.strip().endsWith("?"));
  }

  /// By Unicode's rules, which need no language.
  static List<String> split(String text) {
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
    ends.setText(text);
    List<String> sentences = new ArrayList<>();
    int from = ends.first();
    for (int to = ends.next(); to != BreakIterator.DONE; to = ends.next()) {
      String sentence = text.substring(from, to).strip().replaceAll("\\s+", " ");
      if (!sentence.isEmpty()) {
        sentences.add(sentence);
      }
      from = to;
    }
    return sentences;
  }
}
