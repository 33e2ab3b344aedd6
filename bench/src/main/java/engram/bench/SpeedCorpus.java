package engram.bench;

import engram.bench.JudgedCorpus.Text;
import engram.system.PublicData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// As much text as is wanted from what public sets hold: each passage joins sentences of two places
/// that lie near each other in one source, so it has the words of one subject, and no two passages
/// are likely to be the same.
final class SpeedCorpus {
  /// Another than the one by whose questions walks were fitted.
  private static final long SEED = 20_261_130;

  private static final int PASSAGE_CHARS_MIN = 420;
  private static final int NEAR_SENTENCES = 200;
  private static final int SENTENCE_CHARS_MIN = 30;
  private static final int SENTENCE_CHARS_MAX = 400;
  private static final int QUERY_WORDS = 5;
  private static final int WORD_CHARS_MIN = 4;
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?][\"”’)]?)\\s+|\\n\\s*\\n");

  /// In the order in which they stand there.
  private final List<List<String>> sources;

  private final int sentences;
  private final Random random = new Random(SEED);

  private SpeedCorpus(List<List<String>> sources) {
    this.sources = sources;
    this.sentences = sources.stream().mapToInt(List::size).sum();
  }

  /// @throws IllegalStateException if none of the public sets is there
  static SpeedCorpus load() {
    List<List<String>> sources = new ArrayList<>();
    PublicData.find("longtext-books").ifPresent(folder -> addBooks(folder, sources));
    for (String name : List.of("cranfield", "cisi", "med", "npl", "scifact")) {
      add("ir-" + name, folder -> JudgedCorpus.beir(name, folder), sources);
    }
    add("qa-multihop", JudgedCorpus::musique, sources);
    add("qa-multihop", JudgedCorpus::hotpot, sources);
    add("rag-tau2-banking", JudgedCorpus::tau2, sources);
    if (sources.isEmpty()) {
      throw new IllegalStateException(
          "the public data are absent (ENGRAM_DATA names their folder)");
    }
    return new SpeedCorpus(sources);
  }

  private static void addBooks(Path folder, List<List<String>> sources) {
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
        sources.add(sentences(Files.readString(file)));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void add(
      String data, Function<Path, JudgedCorpus> read, List<List<String>> sources) {
    PublicData.find(data)
        .map(read)
        .ifPresent(corpus -> {
          List<String> all = new ArrayList<>();
          for (Text text : corpus.texts()) {
            all.addAll(sentences(text.body()));
          }
          sources.add(all);
        });
  }

  private static List<String> sentences(String text) {
    List<String> sentences = new ArrayList<>();
    for (String sentence : SENTENCE_END.split(text)) {
      String plain = sentence.replaceAll("[\\s#*_|>]+", " ").strip();
      if (plain.length() >= SENTENCE_CHARS_MIN && plain.length() <= SENTENCE_CHARS_MAX) {
        sentences.add(plain);
      }
    }
    return sentences;
  }

  List<List<String>> sources() {
    return sources;
  }

  int sentenceCount() {
    return sentences;
  }

  String passage() {
    int at = random.nextInt(sentences);
    int source = 0;
    while (at >= sources.get(source).size()) {
      at -= sources.get(source).size();
      source++;
    }
    List<String> from = sources.get(source);
    StringBuilder passage = new StringBuilder();
    while (passage.length() < PASSAGE_CHARS_MIN) {
      int place =
          Math.floorMod(at + random.nextInt(NEAR_SENTENCES) - NEAR_SENTENCES / 2, from.size());
      for (int i = place; i < Math.min(place + 1 + random.nextInt(2), from.size()); i++) {
        passage.append(passage.isEmpty() ? "" : " ").append(from.get(i));
      }
    }
    return passage.toString();
  }

  String document(int passages) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < passages; i++) {
      text.append(passage()).append("\n\n");
    }
    return text.toString();
  }

  /// Five words of a passage, and one that is not its own, as people's questions have words that
  /// the answer lacks.
  String query(String passage, String other) {
    Set<String> words = new LinkedHashSet<>();
    List<String> own = words(passage);
    for (int tries = 0; words.size() < QUERY_WORDS && tries < 100; tries++) {
      words.add(own.get(random.nextInt(own.size())));
    }
    List<String> foreign = words(other);
    foreign.removeAll(own);
    List<String> query = new ArrayList<>(words);
    if (!foreign.isEmpty()) {
      query.add(random.nextInt(query.size() + 1), foreign.get(random.nextInt(foreign.size())));
    }
    return String.join(" ", query);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.split("[^\\p{L}\\p{N}]+")) {
      if (word.length() >= WORD_CHARS_MIN) {
        words.add(word);
      }
    }
    return words;
  }

  int random(int bound) {
    return random.nextInt(bound);
  }
}
