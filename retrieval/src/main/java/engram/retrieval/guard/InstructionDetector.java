package engram.retrieval.guard;

import engram.retrieval.Flag;
import engram.retrieval.Flag.Place;
import engram.retrieval.PassageInspector;
import engram.retrieval.Span;
import engram.retrieval.cite.Sentences;
import engram.retrieval.guard.InstructionSigns.Sign;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Flags sentences that read like instructions to the machine that reads the text.
///
/// A logistic function of a few signs (see [InstructionSigns]) and of how foreign a sentence is to
/// the text around it. Instructions hidden in retrieved texts: Greshake et al., "Not What You've
/// Signed Up For", AISec 2023; the kinds of instructions that it was fitted and measured on: Yi et
/// al., BIPIA, KDD 2025.
///
/// It sees English, and in other languages only who is told to disregard what it was told. It reads
/// no meaning, and an author who knows these signs can avoid them: what it does not flag is not
/// thereby safe.
///
/// Threads: any.
///
/// @param weights of [#FEATURES]
/// @param threshold a sentence is flagged from this log odds on
// Nobody writes to the array.
@SuppressWarnings("ArrayRecordComponent")
public record InstructionDetector(double[] weights, double threshold) implements PassageInspector {
  /// Fitted by `FitInstructions` on one half of BIPIA's categories and of clean documents; the
  /// weights of signs that BIPIA does not have are set by hand there.
  public static final InstructionDetector FITTED =
      new InstructionDetector(
          new double[] {
            7.00, // override
            1.50, // new instructions
            1.50, // addresses a model
            2.00, // a role for the reader
            2.82, // speaks of the reader's reply
            0.00, // an order about the reply
            0.00, // begins with an order
            0.20, // asks to be helped
            0.00, // a task for a writer
            1.69, // a question of general knowledge
            1.80, // languages and code
            0.08, // tampers with letters
            0.00, // a link to follow
            3.00, // carries something out
            2.00, // secrecy
            0.00, // speaks of the user
            7.00, // a mark of a chat template
            8.00, // characters that nobody sees
            -4.04, // bias
            4.21, // a foreign order
            3.57, // a foreign question
            1.24, // a foreign request for help
            -1.73, // length
            2.41 // further signs
          },
          2.18);

  /// The signs, and what is counted beside them.
  static final List<String> FEATURES = features();

  /// A text costs at most so many sentences.
  private static final int SENTENCES_MAX = 400;

  private static final int REASONS_MAX = 4;
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]{4,}");

  @Override
  public List<Flag> flags(String text, int start) {
    return flags(Place.TEXT, text, start, text);
  }

  @Override
  public List<Flag> flags(Place place, String piece, int start, String text) {
    // What a piece says itself must count as often as within a text, so it stands in its own.
    String around = place == Place.TEXT ? text : piece + "\n" + text;
    List<Span> sentences = Sentences.of(piece);
    Map<String, Integer> counts = null;
    List<Flag> flags = new ArrayList<>();
    for (Span sentence : sentences.subList(0, Math.min(SENTENCES_MAX, sentences.size()))) {
      for (Span part : LostLines.parts(piece, sentence)) {
        String said = piece.substring(part.start(), part.end());
        double[] signs = signs(said);
        if (signs.length == 0) {
          continue;
        }
        // Being foreign never speaks against an instruction, so most sentences need no more.
        addContext(signs, said, 1);
        if (logOdds(signs) < threshold) {
          continue;
        }
        counts = counts == null ? counts(around) : counts;
        addContext(signs, said, foreign(said, counts));
        if (logOdds(signs) >= threshold) {
          flags.add(new Flag(Flag.Kind.INSTRUCTION, place, part.shift(start), reasons(signs)));
          break;
        }
      }
    }
    return flags;
  }

  double logOdds(double[] features) {
    double sum = 0;
    for (int index = 0; index < features.length; index++) {
      sum += weights[index] * features[index];
    }
    return sum;
  }

  /// All of a sentence's features; empty where it has no sign at all.
  static double[] features(String sentence, String text) {
    double[] features = signs(sentence);
    if (features.length > 0) {
      addContext(features, sentence, foreign(sentence, counts(text)));
    }
    return features;
  }

  private static double[] signs(String sentence) {
    long seen = InstructionSigns.seen(sentence);
    if (seen == 0) {
      return new double[0];
    }
    double[] features = new double[FEATURES.size()];
    for (int index = 0; index < InstructionSigns.SIGNS.size(); index++) {
      features[index] = seen >> index & 1;
    }
    return features;
  }

  private static void addContext(double[] features, String sentence, double foreign) {
    int at = InstructionSigns.SIGNS.size();
    double order = features[index("begins with an order")];
    double question = features[index("a question of general knowledge")];
    double help = features[index("asks to be helped")];
    features[at++] = 1;
    features[at++] = order * foreign;
    features[at++] = question * foreign;
    features[at++] = help * foreign;
    features[at++] = Math.min(1, Math.max(0, sentence.length() - 120) / 200.0);
    features[at] =
        Math.max(
            0,
            IntStream.range(0, InstructionSigns.SIGNS.size())
                    .mapToDouble(each -> features[each])
                    .sum()
                - 1);
  }

  /// The share of a sentence's longer words that the rest of the text does not say.
  private static double foreign(String sentence, Map<String, Integer> counts) {
    Map<String, Integer> own = counts(sentence);
    double rare = 0;
    for (Map.Entry<String, Integer> word : own.entrySet()) {
      rare += counts.getOrDefault(word.getKey(), 0) <= word.getValue() ? 1 : 0;
    }
    return own.isEmpty() ? 1 : rare / own.size();
  }

  private static Map<String, Integer> counts(String text) {
    Map<String, Integer> counts = new HashMap<>();
    Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (words.find()) {
      counts.merge(words.group(), 1, Integer::sum);
    }
    return counts;
  }

  private List<String> reasons(double[] features) {
    return IntStream.range(0, InstructionSigns.SIGNS.size())
        .boxed()
        .filter(index -> features[index] > 0)
        .sorted(Comparator.comparingDouble((Integer index) -> weights[index]).reversed())
        .limit(REASONS_MAX)
        .map(index -> InstructionSigns.SIGNS.get(index).name())
        .toList();
  }

  private static int index(String name) {
    return FEATURES.indexOf(name);
  }

  private static List<String> features() {
    List<String> names = new ArrayList<>(InstructionSigns.SIGNS.stream().map(Sign::name).toList());
    names.addAll(
        List.of(
            "bias",
            "a foreign order",
            "a foreign question",
            "a foreign request for help",
            "length",
            "further signs"));
    return List.copyOf(names);
  }
}
