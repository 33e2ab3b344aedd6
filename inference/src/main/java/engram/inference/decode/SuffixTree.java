package engram.inference.decode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How often each run of up to `depth` tokens stands in some sequences: a trie of all their
/// suffixes, where nodes without branches are one. SuffixDecoding: Oliaro, Jia, Campos, Qiao,
/// NeurIPS 2025, section 3; depth 64 is theirs.
///
/// Always holds, after each call: a node's count is how often the tokens on its path stand in the
/// sequences; the counts of its children sum to at most its own. Cost: at most `depth` steps for
/// each token that is added or removed.
///
/// Threads: one caller at a time.
public final class SuffixTree {
  private final int depth;
  private final Node root = new Node(new int[0], 0, 0, 0);

  public SuffixTree(int depth) {
    if (depth < 2) {
      throw new IllegalArgumentException("depth " + depth + " < 2");
    }
    this.depth = depth;
  }

  /// A run of tokens, a slice of some sequence's, that always stand together.
  private static final class Node {
    int[] text;
    int start;
    int length;
    int count;
    final Map<Integer, Node> children = new HashMap<>(2);

    /// The child that follows most often; null where it must be looked for again.
    @Nullable Node likeliest;

    Node(int[] text, int start, int length, int count) {
      this.text = text;
      this.start = start;
      this.length = length;
      this.count = count;
    }

    int first() {
      return text[start];
    }

    void put(Node child) {
      children.put(child.first(), child);
      consider(child);
    }

    void consider(Node child) {
      if (children.size() == 1) {
        likeliest = child;
      } else if (likeliest != null && before(child, likeliest)) {
        likeliest = child;
      }
    }

    @Nullable Node likeliest() {
      if (likeliest == null) {
        for (Node child : children.values()) {
          if (likeliest == null || before(child, likeliest)) {
            likeliest = child;
          }
        }
      }
      return likeliest;
    }

    private static boolean before(Node a, Node b) {
      return a.count > b.count || (a.count == b.count && a.first() < b.first());
    }
  }

  /// One sequence of the tree, which may still grow.
  public final class Sequence {
    private int[] tokens = new int[64];
    private int length;

    /// The nodes at whose ends the sequence's last suffixes end, longest first, down to the empty.
    private final Deque<Node> ends = new ArrayDeque<>();

    private boolean removed;

    private Sequence() {}

    public void append(int token) {
      if (removed) {
        throw new IllegalStateException("the sequence was removed");
      }
      if (length == tokens.length) {
        // Nodes keep slices of the old array: its tokens are the same.
        tokens = Arrays.copyOf(tokens, 2 * length);
      }
      tokens[length++] = token;
      ends.addLast(root);
      root.count++;
      if (ends.size() > depth) {
        ends.removeFirst();
      }
      int suffixes = ends.size();
      for (int i = 0; i < suffixes; i++) {
        ends.addLast(extend(ends.removeFirst(), token));
      }
    }

    private Node extend(Node end, int token) {
      Node child = end.children.get(token);
      if (child != null) {
        Node reached = child.length == 1 ? child : split(end, child, 1);
        reached.count++;
        end.consider(reached);
        return reached;
      }
      int last = length - 1;
      if (end != root
          && end.count == 1
          && end.children.isEmpty()
          && end.start + end.length == last
          && isOwn(end)) {
        end.text = tokens;
        end.length++;
        return end;
      }
      Node leaf = new Node(tokens, last, 1, 1);
      end.put(leaf);
      return leaf;
    }

    /// Whether a node's slice is of this sequence: of its array, or of one that it outgrew.
    @SuppressWarnings("ReferenceEquality") // the very array; otherwise the tokens are compared
    private boolean isOwn(Node node) {
      return node.text == tokens
          || Arrays.equals(
              node.text,
              node.start,
              node.start + node.length,
              tokens,
              node.start,
              node.start + node.length);
    }

    /// Takes the sequence out of the tree.
    public void remove() {
      if (removed) {
        return;
      }
      removed = true;
      for (int from = 0; from < length; from++) {
        forget(from, Math.min(length, from + depth));
      }
      ends.clear();
      tokens = new int[0];
    }

    private void forget(int from, int to) {
      Node node = root;
      root.count--;
      int at = from;
      while (at < to) {
        Node child = node.children.get(tokens[at]);
        if (child == null || child.length > to - at) {
          throw new IllegalStateException("a suffix does not end where a node does");
        }
        child.count--;
        node.likeliest = null;
        if (child.count == 0) {
          node.children.remove(tokens[at]);
        } else if (child.text.length > child.length) {
          // So that what stays holds none of the sequence's arrays.
          child.text = Arrays.copyOfRange(child.text, child.start, child.start + child.length);
          child.start = 0;
        }
        at += child.length;
        node = child;
      }
    }
  }

  public Sequence begin() {
    return new Sequence();
  }

  private static Node split(Node parent, Node child, int at) {
    Node upper = new Node(child.text, child.start, at, child.count);
    child.start += at;
    child.length -= at;
    upper.put(child);
    parent.children.put(upper.first(), upper);
    if (parent.likeliest == child) {
      parent.likeliest = upper;
    }
    return upper;
  }

  /// How often a run of at most `depth` tokens stands in the sequences.
  public int count(int[] run) {
    if (run.length > depth) {
      throw new IllegalArgumentException("a run of " + run.length + " tokens > depth " + depth);
    }
    Place place = find(run, 0, run.length);
    return place == null ? 0 : place.node.count;
  }

  /// A place on a node's slice, after `used` of its tokens.
  private record Place(Node node, int used) {}

  private @Nullable Place find(int[] tokens, int from, int to) {
    Node node = root;
    int used = 0;
    for (int i = from; i < to; i++) {
      if (used == node.length) {
        Node child = node.children.get(tokens[i]);
        if (child == null) {
          return null;
        }
        node = child;
        used = 1;
      } else if (node.text[node.start + used] == tokens[i]) {
        used++;
      } else {
        return null;
      }
    }
    return new Place(node, used);
  }

  /// What followed the context's longest ends most often.
  ///
  /// For each length `m` of an end that stands in the tree, the likeliest child is followed for at
  /// most `m * factor + offset` tokens while the product of the count ratios is at least
  /// `probabilityMin`. The best of them has the greatest sum of those products.
  ///
  /// @param length the context is `tokens[0..length)`
  public Continuation continuation(
      int[] tokens,
      int length,
      int maxTokens,
      double factor,
      double offset,
      double probabilityMin) {
    Continuation best = Continuation.NONE;
    for (int match = Math.min(depth - 1, length); match > 0; match--) {
      Place place = find(tokens, length - match, length);
      if (place != null) {
        int most = (int) Math.min(maxTokens, match * factor + offset);
        Continuation one = follow(place, most, match, probabilityMin);
        if (one.score > best.score) {
          best = one;
        }
      }
    }
    return best;
  }

  private static Continuation follow(Place from, int most, int match, double probabilityMin) {
    List<Integer> tokens = new ArrayList<>();
    List<Float> ratios = new ArrayList<>();
    Node node = from.node;
    int used = from.used;
    double reach = 1;
    double score = 0;
    while (tokens.size() < most) {
      double ratio = 1;
      if (used == node.length) {
        Node next = node.likeliest();
        if (next == null) {
          break;
        }
        ratio = (double) next.count / node.count;
        node = next;
        used = 0;
      }
      if (reach * ratio < probabilityMin) {
        break;
      }
      reach *= ratio;
      score += reach;
      tokens.add(node.text[node.start + used++]);
      ratios.add((float) ratio);
    }
    return new Continuation(tokens, ratios, score, match);
  }

  /// @param ratios of each token to the one before: how often it followed
  /// @param score the sum over tokens of the product of the ratios up to it
  /// @param match tokens of the context that were found
  public record Continuation(List<Integer> tokens, List<Float> ratios, double score, int match) {
    static final Continuation NONE = new Continuation(List.of(), List.of(), 0, 0);
  }

  /// Nodes but the root: what its memory grows with.
  int nodeCount() {
    int count = 0;
    Deque<Node> open = new ArrayDeque<>(root.children.values());
    while (!open.isEmpty()) {
      Node node = open.pop();
      int sum = node.children.values().stream().mapToInt(child -> child.count).sum();
      if (node.count < Math.max(1, sum) || node.length < 1) {
        throw new IllegalStateException("count " + node.count + " of a node < " + sum);
      }
      count++;
      open.addAll(node.children.values());
    }
    return count;
  }
}
