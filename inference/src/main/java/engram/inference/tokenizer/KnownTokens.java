package engram.inference.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Special tokens that files do not name but that models use: found by how they are spelled.
final class KnownTokens {
  private static final List<String> END_OF_TURN =
      List.of(
          "<|eot_id|>",
          "<|im_end|>",
          "<|end|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<EOT>",
          "<｜end▁of▁sentence｜>");
  private static final List<String> END_OF_GENERATION =
      List.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<EOT>",
          "<｜end▁of▁sentence｜>");
  private static final List<String> BEGINNINGS =
      List.of("<|begin_of_text|>", "<s>", "<bos>", "<｜begin▁of▁sentence｜>");
  private static final List<String> ENDS =
      List.of(
          "<|end_of_text|>", "</s>", "<eos>", "<|endoftext|>", "<｜end▁of▁sentence｜>", "<|im_end|>");

  private KnownTokens() {}

  /// Completes what a file names (by role: bos, eos, eot, unk, sep, pad, cls, mask).
  ///
  /// @param guess whether the beginning and the end may be guessed as well
  static SpecialTokens complete(
      Map<String, Integer> named, Map<String, Integer> ids, boolean guess) {
    int eos = named.getOrDefault("eos", guess ? find(ENDS, ids) : -1);
    int eot = named.getOrDefault("eot", find(END_OF_TURN, ids));
    SortedSet<Integer> ends = new TreeSet<>();
    for (String token : END_OF_GENERATION) {
      if (ids.containsKey(token)) {
        ends.add(ids.get(token));
      }
    }
    for (int end : new int[] {eos, eot, named.getOrDefault("eom", -1)}) {
      if (end >= 0) {
        ends.add(end);
      }
    }
    return new SpecialTokens(
        named.getOrDefault("bos", guess ? find(BEGINNINGS, ids) : -1),
        eos,
        eot,
        named.getOrDefault("unk", -1),
        named.getOrDefault("sep", guess ? ids.getOrDefault("[SEP]", -1) : -1),
        named.getOrDefault("pad", guess ? ids.getOrDefault("[PAD]", -1) : -1),
        named.getOrDefault("cls", guess ? ids.getOrDefault("[CLS]", -1) : -1),
        named.getOrDefault("mask", guess ? ids.getOrDefault("[MASK]", -1) : -1),
        ends);
  }

  static boolean endsGeneration(String token) {
    return END_OF_GENERATION.contains(token);
  }

  private static int find(List<String> spellings, Map<String, Integer> ids) {
    for (String spelling : spellings) {
      if (ids.containsKey(spelling)) {
        return ids.get(spelling);
      }
    }
    return SpecialTokens.NONE;
  }
}
