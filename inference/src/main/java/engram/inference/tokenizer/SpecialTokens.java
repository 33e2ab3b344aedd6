package engram.inference.tokenizer;

import java.util.SortedSet;
import java.util.TreeSet;

/// The ids of tokens with a meaning of their own; -1 where a vocabulary has none.
///
/// @param bos begins a text
/// @param eos ends a text
/// @param eot ends a turn of a dialogue; may equal `eos`
/// @param unk stands for what has no token
/// @param sep between two texts
/// @param pad fills a batch
/// @param cls whose state stands for the text
/// @param mask stands for a token to guess
/// @param endOfGeneration all at which a model has said what it has to say: eos, eot and their like
public record SpecialTokens(
    int bos,
    int eos,
    int eot,
    int unk,
    int sep,
    int pad,
    int cls,
    int mask,
    SortedSet<Integer> endOfGeneration) {
  public static final int NONE = -1;

  public SpecialTokens {
    endOfGeneration = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(endOfGeneration));
  }
}
