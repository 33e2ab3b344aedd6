package engram.inference.decode.grammar;

import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A grammar over one vocabulary: which tokens may come next. Masks are kept for the states that
/// were asked about last, so a string's inside is looked through once and not for each letter.
///
/// Threads: one caller at a time, also for all walks together.
public final class Constraint {
  private static final long MASK_BYTES_MAX = 32L << 20;

  private final Automaton automaton;
  private final TokenTrie trie;
  private final List<byte[]> bytesOfToken;
  private final LinkedHashMap<Automaton.State, long[]> masks = new LinkedHashMap<>(16, 0.75f, true);
  private final int masksMax;

  /// @param trie of `bytesOfToken`
  public Constraint(Grammar grammar, TokenTrie trie, List<byte[]> bytesOfToken) {
    if (trie.vocabulary() != bytesOfToken.size()) {
      throw new IllegalArgumentException(
          "a tree of " + trie.vocabulary() + " tokens for " + bytesOfToken.size());
    }
    automaton = new Automaton(grammar);
    this.trie = trie;
    this.bytesOfToken = bytesOfToken;
    masksMax = (int) Math.max(16, MASK_BYTES_MAX / (8L * (trie.vocabulary() / 64 + 1)));
  }

  public Walk walk() {
    return new Walk();
  }

  private long[] maskOf(Automaton.State state) {
    long[] known = masks.get(state);
    if (known == null) {
      known = trie.allowed(automaton, state);
      masks.put(state, known);
      if (masks.size() > masksMax) {
        masks.pollFirstEntry();
      }
    }
    return known;
  }

  /// One output on its way through the grammar.
  public final class Walk {
    private Automaton.State state = automaton.start();

    private Walk() {}

    /// Whether the output may end here.
    public boolean mayEnd() {
      return state.accepting();
    }

    public boolean allows(int token) {
      return token >= 0
          && token < trie.vocabulary()
          && (mask()[token >> 6] >>> (token & 63) & 1) == 1;
    }

    /// One bit for each token. Not to be changed.
    long[] mask() {
      return maskOf(state);
    }

    /// @throws IllegalArgumentException if the token may not come here
    public void accept(int token) {
      byte[] bytes = bytesOfToken.get(token);
      Automaton.@Nullable State after = bytes.length == 0 ? null : automaton.run(state, bytes);
      if (after == null) {
        throw new IllegalArgumentException("token " + token + " may not come here");
      }
      state = after;
    }

    /// Forbids in `scores` what may not come; `ends` may come where the output may end.
    ///
    /// @throws IllegalStateException if nothing may come: the vocabulary cannot spell what the
    ///   grammar wants
    public void mask(float[] scores, int[] ends) {
      if (scores.length < trie.vocabulary()) {
        throw new IllegalArgumentException(
            scores.length + " scores for a vocabulary of " + trie.vocabulary());
      }
      float[] endScores = new float[ends.length];
      for (int i = 0; i < ends.length; i++) {
        endScores[i] = scores[ends[i]];
      }
      boolean any = forbid(scores, mask());
      if (state.accepting()) {
        for (int i = 0; i < ends.length; i++) {
          scores[ends[i]] = endScores[i];
          any |= endScores[i] > Float.NEGATIVE_INFINITY;
        }
      }
      if (!any) {
        throw new IllegalStateException(
            "no token of the vocabulary may come here: the grammar wants bytes that none spells");
      }
    }

    private boolean forbid(float[] scores, long[] allowed) {
      boolean any = false;
      for (int token = 0; token < scores.length; token++) {
        if (token >> 6 >= allowed.length || (allowed[token >> 6] >>> (token & 63) & 1) == 0) {
          scores[token] = Float.NEGATIVE_INFINITY;
        } else {
          any |= scores[token] > Float.NEGATIVE_INFINITY;
        }
      }
      return any;
    }
  }
}
