package engram.inference.decode.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The vocabulary's bytes as a tree, laid out in the order of a walk from the left: a node's
/// children follow it, and `skip` says where the walk goes on without them.
///
/// Tokens without bytes (control tokens) are not in it.
///
/// Threads: any; it does not change.
public final class TokenTrie {
  private final int vocabulary;
  private final byte[] label;
  private final int[] depth;
  private final int[] skip;
  private final int[] firstToken;
  private final int[] tokens;
  private final int depthMax;

  /// @param bytesOfToken by token; empty where a token stands for no text
  public TokenTrie(List<byte[]> bytesOfToken) {
    vocabulary = bytesOfToken.size();
    int[] sorted =
        IntStream.range(0, vocabulary)
            .filter(token -> bytesOfToken.get(token).length > 0)
            .boxed()
            .sorted(
                Comparator.comparing(bytesOfToken::get, Arrays::compareUnsigned)
                    .thenComparing(Comparator.naturalOrder()))
            .mapToInt(Integer::intValue)
            .toArray();
    long bytes = 0;
    for (int token : sorted) {
      bytes += bytesOfToken.get(token).length;
    }
    int capacity = Math.toIntExact(bytes);
    byte[] labels = new byte[capacity];
    int[] depths = new int[capacity];
    int[] first = new int[capacity + 1];
    int nodes = 0;
    int deepest = 0;
    byte[] before = new byte[0];
    for (int i = 0; i < sorted.length; i++) {
      byte[] text = bytesOfToken.get(sorted[i]);
      int shared = Math.max(0, Arrays.mismatch(before, text));
      if (i > 0 && Arrays.equals(before, text)) {
        continue;
      }
      for (int at = shared; at < text.length; at++) {
        labels[nodes] = text[at];
        depths[nodes] = at;
        // All but the last have no token of their own: their run is empty.
        first[nodes] = i;
        nodes++;
      }
      deepest = Math.max(deepest, text.length);
      before = text;
    }
    first[nodes] = sorted.length;
    label = Arrays.copyOf(labels, nodes);
    depth = Arrays.copyOf(depths, nodes);
    firstToken = Arrays.copyOf(first, nodes + 1);
    tokens = sorted;
    depthMax = deepest;
    skip = skips(depth, deepest);
  }

  private static int[] skips(int[] depth, int depthMax) {
    int[] skip = new int[depth.length];
    int[] nextAtMost = new int[depthMax + 1];
    Arrays.fill(nextAtMost, depth.length);
    for (int node = depth.length - 1; node >= 0; node--) {
      skip[node] = nextAtMost[depth[node]];
      // Whatever lies deeper and before this node ends here at the latest.
      Arrays.fill(nextAtMost, depth[node], depthMax + 1, node);
    }
    return skip;
  }

  public int vocabulary() {
    return vocabulary;
  }

  /// The tokens after which a text of the grammar can still go on or end, one bit each.
  ///
  /// Cost: one step of the automaton for each byte of a shared beginning that it can follow.
  long[] allowed(Automaton automaton, Automaton.State from) {
    long[] bits = new long[(vocabulary + 63) / 64];
    Automaton.State[] path = new Automaton.State[depthMax + 1];
    path[0] = from;
    int node = 0;
    while (node < label.length) {
      Automaton.State after = automaton.step(path[depth[node]], label[node]);
      if (after == null) {
        node = skip[node];
        continue;
      }
      path[depth[node] + 1] = after;
      // A node's run of tokens ends where its first child's begins.
      for (int i = firstToken[node]; i < firstToken[node + 1]; i++) {
        bits[tokens[i] >> 6] |= 1L << (tokens[i] & 63);
      }
      node++;
    }
    return bits;
  }
}
