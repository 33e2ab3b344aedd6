package engram.inference.decode.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Outputs drawn at random under a constraint, over a vocabulary whose tokens end within
/// characters.
final class Outputs {
  static final int END = 0;

  /// Every byte, and pieces as vocabularies have them: words, JSON's signs, parts of characters.
  static final List<byte[]> VOCABULARY = vocabulary();

  private static final TokenTrie TRIE = new TokenTrie(VOCABULARY);

  private Outputs() {}

  private static List<byte[]> vocabulary() {
    List<byte[]> tokens = new ArrayList<>();
    tokens.add(new byte[0]);
    for (int value = 0; value < 256; value++) {
      tokens.add(new byte[] {(byte) value});
    }
    for (String piece :
        List.of(
            "{\"",
            "\":",
            "\": ",
            "\",",
            "\", \"",
            "}",
            "]",
            "},",
            "true",
            "false",
            "null",
            "name",
            "na",
            "me\"",
            "12",
            "345",
            "-1",
            ".5",
            "1e",
            "é",
            "日本",
            "😀",
            "\\n",
            "\\\"",
            "[[",
            "]]",
            "  ",
            "\n  ",
            "the ",
            "a\"",
            "value\":{\"",
            "0",
            "\"}",
            "red",
            "green",
            "\"kind\"")) {
      tokens.add(piece.getBytes(StandardCharsets.UTF_8));
    }
    byte[] face = "😀".getBytes(StandardCharsets.UTF_8);
    tokens.add(new byte[] {'x', face[0], face[1]});
    tokens.add(new byte[] {face[2], face[3], '"'});
    tokens.add(new byte[] {(byte) 0xFF, 'a'});
    return tokens;
  }

  static Constraint constraint(Grammar grammar) {
    return new Constraint(grammar, TRIE, VOCABULARY);
  }

  /// Draws tokens by random scores until the output ends. After `wild` tokens those that close
  /// things are preferred, so that recursion comes to an end.
  static String draw(Constraint constraint, Random random, int wild) {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    Constraint.Walk walk = constraint.walk();
    for (int count = 0; count < 20_000; count++) {
      float[] scores = new float[VOCABULARY.size()];
      for (int token = 0; token < scores.length; token++) {
        scores[token] = (float) random.nextGaussian();
        if (count > wild) {
          scores[token] += token == END ? 50 : closing(VOCABULARY.get(token));
        }
      }
      walk.mask(scores, new int[] {END});
      int best = 0;
      for (int token = 0; token < scores.length; token++) {
        best = scores[token] > scores[best] ? token : best;
      }
      if (best == END) {
        return strictUtf8(out.toByteArray());
      }
      walk.accept(best);
      out.writeBytes(VOCABULARY.get(best));
    }
    throw new AssertionError("no end after 20000 tokens: " + out.toString().substring(0, 200));
  }

  private static float closing(byte[] token) {
    if (token.length > 1) {
      return 0;
    }
    return switch (token[0]) {
      case '}', ']' -> 40;
      // Within a string it ends it; a string that it begins ends at once.
      case '"' -> 45;
      case 'n' -> 20;
      case '0', '1' -> 42;
      case ':' -> 15;
      case ',', '{', '[' -> -20;
      default -> 0;
    };
  }

  private static String strictUtf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new AssertionError("the output is no UTF-8", e);
    }
  }
}
