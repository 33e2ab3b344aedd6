package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Vectors of very many texts that are made of known sentences: the mean of the sentences' vectors,
/// weighted by length as the model's own mean over tokens is. A million passages through the model
/// would take two cores four hours, their sentences minutes. Any other text, a query above all,
/// goes through the model itself.
///
/// Threads: any.
final class SentenceVectors {
  private static final int DIMENSIONS = MiniLm.DIMENSIONS;
  private static final int BATCH = 2_000;

  /// By so many first characters known sentences are found in a text.
  private static final int HEAD_CHARS = 24;

  private final MiniLm model;
  private final List<String> sentences;
  private final Map<String, List<Integer>> heads = new HashMap<>();
  private final float[][] vectors;

  /// Takes minutes, the first time.
  ///
  /// @param sources of sentences
  /// @param kept where the vectors of a first time are
  SentenceVectors(MiniLm model, List<List<String>> sources, Path kept) {
    this.model = model;
    sentences = sources.stream().flatMap(List::stream).distinct().toList();
    for (int at = 0; at < sentences.size(); at++) {
      heads.computeIfAbsent(head(sentences.get(at), 0), none -> new ArrayList<>()).add(at);
    }
    vectors = new float[sentences.size()][DIMENSIONS];
    try {
      Path file = kept.resolve("minilm-" + Integer.toHexString(sentences.hashCode()));
      long bytes = (long) vectors.length * DIMENSIONS * Float.BYTES;
      if (!Files.exists(file) || Files.size(file) != bytes) {
        embed();
        Files.createDirectories(kept);
        write(file, bytes);
      } else {
        read(file, bytes);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void embed() {
    for (int from = 0; from < vectors.length; from += BATCH) {
      int to = Math.min(vectors.length, from + BATCH);
      List<float[]> found = model.of(sentences.subList(from, to));
      for (int at = from; at < to; at++) {
        vectors[at] = found.get(at - from);
      }
      System.out.printf("%,d of %,d sentences embedded%n", to, vectors.length);
    }
  }

  private void write(Path file, long bytes) throws IOException {
    Path whole = file.resolveSibling(file.getFileName() + ".part");
    try (FileChannel channel =
        FileChannel.open(
            whole,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      MappedByteBuffer mapped = channel.map(MapMode.READ_WRITE, 0, bytes);
      FloatBuffer floats = mapped.asFloatBuffer();
      for (float[] vector : vectors) {
        floats.put(vector);
      }
      mapped.force();
    }
    Files.move(whole, file);
  }

  private void read(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      FloatBuffer floats = channel.map(MapMode.READ_ONLY, 0, bytes).asFloatBuffer();
      for (float[] vector : vectors) {
        floats.get(vector);
      }
    }
  }

  /// Of length 1.
  float[] of(String text) {
    float[] sum = new float[DIMENSIONS];
    for (int at = 0; at < text.length(); ) {
      int sentence = longestAt(text, at);
      if (sentence >= 0) {
        int length = sentences.get(sentence).length();
        add(vectors[sentence], length, sum);
        at += length;
      } else {
        at = nextWord(text, at);
      }
    }
    double length = Math.sqrt(dot(sum, sum));
    if (length == 0) {
      return model.of(text);
    }
    for (int i = 0; i < DIMENSIONS; i++) {
      sum[i] /= (float) length;
    }
    return sum;
  }

  /// @return the longest sentence that stands there, or -1
  private int longestAt(String text, int at) {
    int longest = -1;
    for (int candidate : heads.getOrDefault(head(text, at), List.of())) {
      String sentence = sentences.get(candidate);
      boolean longer = longest < 0 || sentence.length() > sentences.get(longest).length();
      if (longer && text.startsWith(sentence, at)) {
        longest = candidate;
      }
    }
    return longest;
  }

  private static String head(String text, int at) {
    return text.substring(at, Math.min(text.length(), at + HEAD_CHARS));
  }

  private static int nextWord(String text, int at) {
    int next = at;
    while (next < text.length() && !Character.isWhitespace(text.charAt(next))) {
      next++;
    }
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
    return next;
  }

  static float dot(float[] a, float[] b) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    for (int i = 0; i < DIMENSIONS; i += 4) {
      sum0 += a[i] * b[i];
      sum1 += a[i + 1] * b[i + 1];
      sum2 += a[i + 2] * b[i + 2];
      sum3 += a[i + 3] * b[i + 3];
    }
    return sum0 + sum1 + sum2 + sum3;
  }

  private static void add(float[] vector, float weight, float[] to) {
    for (int i = 0; i < DIMENSIONS; i++) {
      to[i] += weight * vector[i];
    }
  }
}
