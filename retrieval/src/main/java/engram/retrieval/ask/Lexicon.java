package engram.retrieval.ask;

import com.ibm.icu.text.RuleBasedNumberFormat;
import engram.retrieval.ask.Terms.Term;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Month;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.core.StopAnalyzer;
import org.jspecify.annotations.Nullable;

/// What is known of one language: words that carry nothing, words that ask, months and numbers.
///
/// Stop words come with Lucene's analyzers, months and spelled numbers from CLDR, question words
/// from `question-words.txt`. A language without a lexicon has none of it and works all the same,
/// only less well: rare words weigh more by their rarity anyway.
final class Lexicon {
  /// What a question expects of a sentence.
  enum Kind {
    PERSON,
    PLACE,
    TIME,
    COUNT,
    STOP,
    NOT
  }

  private static final Map<String, String> STOP_FILES =
      Map.ofEntries(
          Map.entry("ar", "ar/stopwords.txt"),
          Map.entry("bg", "bg/stopwords.txt"),
          Map.entry("ca", "ca/stopwords.txt"),
          Map.entry("cs", "cz/stopwords.txt"),
          Map.entry("da", "snowball/danish_stop.txt"),
          Map.entry("de", "snowball/german_stop.txt"),
          Map.entry("el", "el/stopwords.txt"),
          Map.entry("en", "snowball/english_stop.txt"),
          Map.entry("es", "snowball/spanish_stop.txt"),
          Map.entry("fa", "fa/stopwords.txt"),
          Map.entry("fi", "snowball/finnish_stop.txt"),
          Map.entry("fr", "snowball/french_stop.txt"),
          Map.entry("hi", "hi/stopwords.txt"),
          Map.entry("hu", "snowball/hungarian_stop.txt"),
          Map.entry("id", "id/stopwords.txt"),
          Map.entry("it", "snowball/italian_stop.txt"),
          Map.entry("nl", "snowball/dutch_stop.txt"),
          Map.entry("no", "snowball/norwegian_stop.txt"),
          Map.entry("pt", "snowball/portuguese_stop.txt"),
          Map.entry("ro", "ro/stopwords.txt"),
          Map.entry("ru", "snowball/russian_stop.txt"),
          Map.entry("sv", "snowball/swedish_stop.txt"),
          Map.entry("tr", "tr/stopwords.txt"));

  private static final Map<String, Lexicon> ALL = load();

  private final String language;
  private final Set<String> stops = new HashSet<>();
  private final List<String> stopBeginnings = new ArrayList<>();
  private final Map<Kind, List<List<String>>> phrases = new EnumMap<>(Kind.class);
  private final Set<String> months = new HashSet<>();
  private final Set<String> numbers = new HashSet<>();

  private Lexicon(String language) {
    this.language = language;
    if (!language.isEmpty()) {
      Locale locale = Locale.of(language);
      for (Month month : Month.values()) {
        months.add(Terms.fold(month.getDisplayName(TextStyle.FULL, locale)));
        months.add(Terms.fold(month.getDisplayName(TextStyle.FULL_STANDALONE, locale)));
      }
      addNumbers(locale);
    }
  }

  /// The lexicon of the language that most words of a text belong to, by stop and question words;
  /// an empty one when none fits.
  static Lexicon of(List<Term> terms) {
    Lexicon best = NONE;
    int most = 0;
    for (Lexicon lexicon : ALL.values()) {
      int known = 0;
      for (Term term : terms) {
        known += lexicon.stops.contains(term.form()) ? 2 : 0;
      }
      // A question word settles it between languages that share their small words.
      known += lexicon.asks(terms) == null ? 0 : 3;
      if (known > most) {
        best = lexicon;
        most = known;
      }
    }
    return best;
  }

  private static final Lexicon NONE = new Lexicon("");

  /// ISO 639-1, or empty.
  String language() {
    return language;
  }

  /// German writes every noun with a capital: there it marks no name.
  boolean capitalisesNouns() {
    return language.equals("de");
  }

  boolean isStop(Term term) {
    return stops.contains(term.form())
        || stopBeginnings.stream().anyMatch(beginning -> term.form().startsWith(beginning));
  }

  boolean isMonth(Term term) {
    return months.contains(term.form());
  }

  boolean isSpelledNumber(Term term) {
    return numbers.contains(term.form());
  }

  /// What a question asks for, and the words that say so.
  ///
  /// @param start of the words among the question's terms
  /// @param end exclusive
  record Asks(Kind kind, int start, int end) {}

  /// By the longest question phrase; null when there is none.
  @Nullable Asks asks(List<Term> question) {
    Asks best = null;
    int longest = 0;
    for (Kind kind : List.of(Kind.COUNT, Kind.TIME, Kind.PLACE, Kind.PERSON)) {
      for (List<String> phrase : phrases.getOrDefault(kind, List.of())) {
        int length = phrase.stream().mapToInt(String::length).sum();
        int start = length > longest ? indexOf(question, phrase) : -1;
        if (start >= 0) {
          best = new Asks(kind, start, start + phrase.size());
          longest = length;
        }
      }
    }
    return best;
  }

  boolean denies(List<Term> terms) {
    return phrases.getOrDefault(Kind.NOT, List.of()).stream()
        .anyMatch(phrase -> indexOf(terms, phrase) >= 0);
  }

  private static int indexOf(List<Term> terms, List<String> phrase) {
    for (int start = 0; start + phrase.size() <= terms.size(); start++) {
      int matched = 0;
      while (matched < phrase.size() && fits(terms.get(start + matched), phrase.get(matched))) {
        matched++;
      }
      if (matched == phrase.size()) {
        return start;
      }
    }
    return -1;
  }

  private static boolean fits(Term term, String word) {
    if (word.endsWith("*")) {
      return term.form().startsWith(word.substring(0, word.length() - 1));
    }
    // One character of an unspaced script stands in two pairs.
    return term.form().equals(word)
        || (term.pair() && word.length() == 1 && term.form().startsWith(word));
  }

  private void add(Kind kind, String text) {
    for (String phrase : text.split("\\|")) {
      boolean open = phrase.strip().endsWith("*");
      List<String> words = new ArrayList<>(Terms.of(phrase).stream().map(Term::form).toList());
      if (words.isEmpty()) {
        continue;
      }
      words.set(words.size() - 1, words.getLast() + (open ? "*" : ""));
      phrases.computeIfAbsent(kind, none -> new ArrayList<>()).add(words);
      // What asks carries nothing that an answer would repeat.
      if (kind != Kind.NOT && words.size() == 1) {
        String word = Terms.of(phrase).getFirst().form();
        if (open) {
          stopBeginnings.add(word);
        } else {
          stops.add(word);
        }
      }
    }
  }

  private void addNumbers(Locale locale) {
    RuleBasedNumberFormat speller =
        new RuleBasedNumberFormat(locale, RuleBasedNumberFormat.SPELLOUT);
    for (int number :
        List.of(
            2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30, 40, 50, 60, 70,
            80, 90, 100, 1000, 1_000_000)) {
      List<Term> words = Terms.of(speller.format(number));
      if (words.size() == 1 && !words.getFirst().number()) {
        numbers.add(words.getFirst().form());
      }
    }
  }

  private static Map<String, Lexicon> load() {
    Map<String, Lexicon> lexicons = new LinkedHashMap<>();
    lines(
        Lexicon.class,
        "question-words.txt",
        line -> {
          String[] parts = line.strip().split("\\s+", 3);
          lexicons
              .computeIfAbsent(parts[0], Lexicon::new)
              .add(Kind.valueOf(parts[1].toUpperCase(Locale.ROOT)), parts[2]);
        });
    STOP_FILES.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(file -> {
          Lexicon lexicon = lexicons.computeIfAbsent(file.getKey(), Lexicon::new);
          lines(
              StopAnalyzer.class,
              "/org/apache/lucene/analysis/" + file.getValue(),
              line -> {
                int comment = line.indexOf('|');
                String words = comment < 0 ? line : line.substring(0, comment);
                Terms.of(words).forEach(term -> lexicon.stops.add(term.form()));
              });
        });
    return lexicons;
  }

  private static void lines(
      Class<?> beside, String resource, java.util.function.Consumer<String> each) {
    try (InputStream in = beside.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource + " beside " + beside.getName());
      }
      new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(each);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
