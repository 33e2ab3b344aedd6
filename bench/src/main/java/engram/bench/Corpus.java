package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Text of the size that a measurement needs: paragraphs of real books, drawn at random from a
/// fixed seed; without the books, of invented words with the frequencies of Zipf's law.
final class Corpus {
  private static final long SEED = 20_261_121;
  private static final int INVENTED_WORDS = 30_000;
  private static final int INVENTED_PARAGRAPHS = 20_000;

  private final List<String> paragraphs;
  private final Random random = new Random(SEED);
  private final String origin;

  private Corpus(List<String> paragraphs, String origin) {
    this.paragraphs = paragraphs;
    this.origin = origin;
  }

  static Corpus load() {
    Optional<Path> books = engram.system.PublicData.find("longtext-books");
    return books.map(Corpus::ofBooks).orElseGet(Corpus::invented);
  }

  private static Corpus ofBooks(Path folder) {
    List<String> paragraphs = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
        for (String paragraph : Files.readString(file).split("\n\\s*\n")) {
          if (paragraph.length() > 80) {
            paragraphs.add(paragraph.replace('\n', ' ').strip());
          }
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new Corpus(paragraphs, "paragraphs of nine public-domain books");
  }

  private static Corpus invented() {
    Random random = new Random(SEED);
    List<String> paragraphs = new ArrayList<>();
    for (int index = 0; index < INVENTED_PARAGRAPHS; index++) {
      StringBuilder paragraph = new StringBuilder();
      for (int word = 0; word < 80; word++) {
        int rank = (int) Math.pow(INVENTED_WORDS, random.nextDouble());
        paragraph
            .append("w")
            .append(Integer.toString(rank, 36))
            .append(word % 16 == 15 ? ". " : " ");
      }
      paragraphs.add(paragraph.toString().strip());
    }
    return new Corpus(paragraphs, "invented words (the books are absent)");
  }

  String origin() {
    return origin;
  }

  /// A document of so many paragraphs, each under a heading of its own now and then.
  String document(int paragraphCount) {
    StringBuilder text = new StringBuilder();
    for (int index = 0; index < paragraphCount; index++) {
      if (index % 8 == 0) {
        text.append("## Part ").append(index / 8 + 1).append("\n\n");
      }
      text.append(paragraphs.get(random.nextInt(paragraphs.size()))).append("\n\n");
    }
    return text.toString();
  }

  /// Three to six words that stand together somewhere.
  String query() {
    String[] words = paragraphs.get(random.nextInt(paragraphs.size())).split("\\s+");
    int length = Math.min(words.length, 3 + random.nextInt(4));
    int begin = random.nextInt(words.length - length + 1);
    String query =
        String.join(" ", List.of(words).subList(begin, begin + length))
            .replaceAll("[^\\p{L}\\p{N} ]", " ")
            .strip();
    return query.isEmpty() ? query() : query;
  }
}
