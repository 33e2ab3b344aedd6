package engram.inference.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/// Public vocabularies that lie beside a checkout, and texts that are hard on tokenizers.
final class TokenizerData {
  static final long SEED = Long.getLong("seed", System.nanoTime());

  private TokenizerData() {}

  /// `-Dengram.data=…`, `ENGRAM_DATA`, or `shared/data` beside one of the folders above; a test
  /// whose data is absent is skipped and says so.
  static Path require(String set) {
    String named = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    if (named != null && Files.isDirectory(Path.of(named, set))) {
      return Path.of(named, set);
    }
    Path above = Path.of("").toAbsolutePath();
    for (Path folder = above; folder != null; folder = folder.getParent()) {
      Path data = folder.resolve("shared/data").resolve(set);
      if (Files.isDirectory(data)) {
        return data;
      }
    }
    String reason = "skipped: the public data set " + set + " is absent (set ENGRAM_DATA)";
    System.out.println(reason);
    return Assumptions.abort(reason);
  }

  static byte[] read(String set, String file) {
    try {
      return Files.readAllBytes(require(set).resolve(file));
    } catch (IOException unreadable) {
      throw new java.io.UncheckedIOException(unreadable);
    }
  }

  /// Tokenizers do not change: each vocabulary is read once for all tests.
  private static final Map<String, Tokenizer> READ = new ConcurrentHashMap<>();

  static Tokenizer gguf(String name) {
    String file = "ggml-vocab-" + name + ".gguf";
    return READ.computeIfAbsent(
        file, absent -> GgufVocabulary.read(metadata(read("tok-gguf-vocab", file))));
  }

  static Tokenizer tiktoken(String family, String file) {
    return READ.computeIfAbsent(
        family + " " + file,
        absent ->
            TiktokenFile.read(
                read("tok-tiktoken", file + ".tiktoken"),
                family,
                Map.of("<|endoftext|>", file.equals("cl100k_base") ? 100_257 : 50_256)));
  }

  /// A line of `.out` per text of `.inp`.
  record Expected(String text, int[] ids) {}

  static List<Expected> expected(String name) {
    String texts =
        new String(
            read("tok-gguf-vocab", "ggml-vocab-" + name + ".gguf.inp"), StandardCharsets.UTF_8);
    String[] inputs = texts.split("\n__ggml_vocab_test__\n", -1);
    String[] lines =
        new String(
                read("tok-gguf-vocab", "ggml-vocab-" + name + ".gguf.out"), StandardCharsets.UTF_8)
            .split("\n", -1);
    List<Expected> expected = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      expected.add(new Expected(inputs[i], ids(lines[i])));
    }
    return expected;
  }

  static int[] ids(String line) {
    return java.util.Arrays.stream(line.replaceAll("[\\[\\],]", " ").trim().split("\\s+"))
        .filter(word -> !word.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  /// The metadata of a GGUF file, any version; what follows it is not looked at.
  static Map<String, Object> metadata(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    in.getInt();
    boolean narrow = in.getInt() == 1;
    count(in, narrow);
    long entries = count(in, narrow);
    Map<String, Object> metadata = new HashMap<>();
    for (long i = 0; i < entries; i++) {
      String key = string(in, narrow);
      metadata.put(key, value(in, in.getInt(), narrow));
    }
    return metadata;
  }

  private static long count(ByteBuffer in, boolean narrow) {
    return narrow ? in.getInt() : in.getLong();
  }

  private static String string(ByteBuffer in, boolean narrow) {
    byte[] bytes = new byte[(int) count(in, narrow)];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Object value(ByteBuffer in, int type, boolean narrow) {
    return switch (type) {
      case 0, 1 -> in.get();
      case 2, 3 -> in.getShort();
      case 4, 5 -> in.getInt();
      case 6 -> in.getFloat();
      case 7 -> in.get() != 0;
      case 8 -> string(in, narrow);
      case 9 -> {
        int of = in.getInt();
        List<Object> values = new ArrayList<>();
        for (long left = count(in, narrow); left > 0; left--) {
          values.add(value(in, of, narrow));
        }
        yield values;
      }
      case 10, 11 -> in.getLong();
      case 12 -> in.getDouble();
      default -> throw new IllegalStateException("type " + type);
    };
  }

  /// Text of everything that Unicode has, with runs, spaces and words between.
  static String randomText(Random random, int parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts; i++) {
      switch (random.nextInt(12)) {
        case 0 -> text.append(" ".repeat(1 + random.nextInt(4)));
        case 1 -> text.append(random.nextBoolean() ? "\n" : random.nextBoolean() ? "\r\n" : "\t");
        case 2 -> text.append(WORDS[random.nextInt(WORDS.length)]);
        case 3 -> text.append(random.nextInt(100_000));
        case 4 -> text.appendCodePoint(0x1F300 + random.nextInt(0x300));
        case 5 -> text.appendCodePoint(0x4E00 + random.nextInt(0x5000));
        case 6 -> text.append((char) (0x300 + random.nextInt(0x70)));
        case 7 -> text.append((char) (0x20 + random.nextInt(0x60)));
        case 8 -> text.append((char) (0xA0 + random.nextInt(0x500)));
        case 9 -> text.appendCodePoint(randomCodePoint(random));
        case 10 -> text.append(MARKS.charAt(random.nextInt(MARKS.length())));
        default -> text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
      }
    }
    return text.toString();
  }

  private static int randomCodePoint(Random random) {
    while (true) {
      int codePoint = random.nextInt(0x110000);
      if (Character.isDefined(codePoint)
          && Character.getType(codePoint) != Character.SURROGATE
          && Character.getType(codePoint) != Character.PRIVATE_USE) {
        return codePoint;
      }
    }
  }

  private static final String MARKS = "!?.,;:'\"-—…()[]{}<>/\\|@#$%^&*+=~`";
  private static final String[] WORDS = {
    "the",
    "Hello",
    "world",
    "don't",
    "I'LL",
    "we've",
    "über",
    "straße",
    "naïve",
    "Привет",
    "мир",
    "你好",
    "世界",
    "こんにちは",
    "안녕",
    "مرحبا",
    "שלום",
    "नमस्ते",
    "ไทย",
    "HTTPServer",
    "camelCase",
    "x=1;",
    "foo_bar",
    "3.14",
    "▁",
    "<s>",
    "</s>",
    "<|im_end|>",
    "ſ",
    "İ",
    "ﬁ",
    "㎏",
    "é",
    "e\u0301"
  };
}
