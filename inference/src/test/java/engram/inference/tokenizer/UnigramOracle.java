package engram.inference.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The best score of a text by trying every cut, in the plainest way.
final class UnigramOracle {
  private final List<Float> scores = new ArrayList<>();
  private final Map<String, Float> pieces = new HashMap<>();

  static UnigramOracle of(byte[] file) {
    UnigramOracle oracle = new UnigramOracle();
    Protobuf in = new Protobuf(file);
    while (in.next()) {
      if (in.field() != 1) {
        in.skip();
        continue;
      }
      Protobuf entry = in.message();
      String piece = "";
      float score = 0;
      long type = 1;
      while (entry.next()) {
        switch (entry.field()) {
          case 1 -> piece = entry.text();
          case 2 -> score = entry.real();
          case 3 -> type = entry.number();
          default -> entry.skip();
        }
      }
      oracle.scores.add(score);
      if (type == 1) {
        oracle.pieces.put(piece, score);
      }
    }
    return oracle;
  }

  double score(int[] ids) {
    double sum = 0;
    for (int id : ids) {
      sum += scores.get(id);
    }
    return sum;
  }

  double best(String text) {
    double[] best = new double[text.length() + 1];
    java.util.Arrays.fill(best, Double.NEGATIVE_INFINITY);
    best[0] = 0;
    for (int end = 1; end <= text.length(); end++) {
      for (int start = 0; start < end; start++) {
        Float score = pieces.get(text.substring(start, end));
        if (score != null) {
          best[end] = Math.max(best[end], best[start] + score);
        }
      }
    }
    return best[text.length()];
  }
}
