package engram.inference.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was computed, by its tokens: a radix tree whose nodes keep sequences of the cache, so that
/// requests with the same beginning compute it once. After Zheng et al., SGLang: Efficient
/// Execution of Structured Language Model Programs, NeurIPS 2024, section 3 (RadixAttention): least
/// recently used leaves go first, and never one that a running request began with.
///
/// Whole pages only, so sharing copies nothing. Scopes see nothing of each other.
///
/// Threads: the engine's.
final class PrefixTree implements AutoCloseable {
  private final int pageTokens;
  private final Map<Sharing, Node> roots = new HashMap<>();
  private long clock;
  private int keptTokens;

  PrefixTree(int pageTokens) {
    this.pageTokens = pageTokens;
  }

  /// A run of whole pages that follow the parent's. `kept` holds all from the start of the sequence
  /// to the end of the run; what it shares with the parent's costs nothing.
  private static final class Node {
    int[] run;
    @Nullable Node parent;
    @Nullable CachedSequence kept;
    final Map<Page, Node> children = new HashMap<>(2);
    int users;
    long usedAt;

    Node(int[] run, @Nullable Node parent, @Nullable CachedSequence kept) {
      this.run = run;
      this.parent = parent;
      this.kept = kept;
    }
  }

  /// A page's tokens as a key.
  private record Page(List<Integer> tokens) {
    static Page of(int[] tokens, int from, int pageTokens) {
      return new Page(Arrays.stream(tokens, from, from + pageTokens).boxed().toList());
    }
  }

  /// Keeps a node, and so all above it, from being dropped.
  static final class Hold {
    private @Nullable Node node;

    private Hold(Node node) {
      this.node = node;
      node.users++;
    }

    /// Pages of all that it keeps.
    int pages() {
      return node == null ? 0 : pagesOf(node);
    }

    void release() {
      if (node != null) {
        node.users--;
        node = null;
      }
    }
  }

  /// @param sequence a new one that begins with the known prefix
  record Match(CachedSequence sequence, Hold hold) {}

  /// The longest beginning of `tokens[0..limit)` that is known, in whole pages; null if none is.
  @Nullable Match longest(Sharing with, int[] tokens, int limit) {
    Node node = roots.get(with);
    if (node == null) {
      return null;
    }
    int matched = 0;
    Node deepest = null;
    while (true) {
      Node child = childAt(node, tokens, matched, limit);
      if (child == null) {
        break;
      }
      int same = commonPages(child.run, tokens, matched, limit);
      matched += same;
      boolean whole = same == child.run.length;
      // Only what is used may be held: the rest of the run must be free to go.
      deepest = whole ? child : split(child, same, matched);
      deepest.usedAt = ++clock;
      if (!whole) {
        break;
      }
      node = child;
    }
    if (deepest == null || deepest.kept == null) {
      return null;
    }
    return new Match(deepest.kept.fork(matched), new Hold(deepest));
  }

  /// How many tokens [#longest] would find.
  int known(Sharing with, int[] tokens, int limit) {
    Node node = roots.get(with);
    int matched = 0;
    while (node != null) {
      node = childAt(node, tokens, matched, limit);
      if (node != null) {
        int same = commonPages(node.run, tokens, matched, limit);
        matched += same;
        node = same == node.run.length ? node : null;
      }
    }
    return matched;
  }

  private @Nullable Node childAt(Node node, int[] tokens, int from, int limit) {
    return from + pageTokens <= limit ? node.children.get(Page.of(tokens, from, pageTokens)) : null;
  }

  /// How many tokens of the run stand at `from` too, in whole pages.
  private int commonPages(int[] run, int[] tokens, int from, int limit) {
    int length = Math.min(run.length, limit - from);
    int mismatch = Arrays.mismatch(run, 0, length, tokens, from, from + length);
    int same = mismatch < 0 ? length : mismatch;
    return same / pageTokens * pageTokens;
  }

  /// Keeps what a sequence computed of `tokens[0..length)`, in whole pages. Null where that is
  /// none.
  @Nullable Hold insert(Sharing with, int[] tokens, int length, CachedSequence sequence) {
    int end = length / pageTokens * pageTokens;
    if (end == 0) {
      return null;
    }
    Node node = roots.computeIfAbsent(with, s -> new Node(new int[0], null, null));
    int matched = 0;
    while (matched < end) {
      Node child = childAt(node, tokens, matched, end);
      if (child == null) {
        Node leaf = new Node(Arrays.copyOfRange(tokens, matched, end), node, sequence.fork(end));
        leaf.usedAt = ++clock;
        node.children.put(Page.of(tokens, matched, pageTokens), leaf);
        keptTokens += leaf.run.length;
        return new Hold(leaf);
      }
      child.usedAt = ++clock;
      int same = commonPages(child.run, tokens, matched, end);
      if (same < child.run.length && matched + same < end) {
        child = split(child, same, matched + same);
      }
      matched += same;
      node = child;
    }
    return new Hold(node);
  }

  /// Makes the first `at` tokens of a node's run a node of their own, and returns it.
  private Node split(Node lower, int at, int end) {
    Node parent = lower.parent;
    CachedSequence kept = lower.kept;
    if (parent == null || kept == null) {
      throw new IllegalStateException("a root has no run to split");
    }
    Node upper = new Node(Arrays.copyOf(lower.run, at), parent, kept.fork(end));
    upper.usedAt = lower.usedAt;
    parent.children.put(Page.of(lower.run, 0, pageTokens), upper);
    lower.run = Arrays.copyOfRange(lower.run, at, lower.run.length);
    lower.parent = upper;
    upper.children.put(Page.of(lower.run, 0, pageTokens), lower);
    return upper;
  }

  /// Drops the leaf that was not used for longest. False where running requests use all that there
  /// is.
  boolean evictOne() {
    Node oldest = null;
    List<Node> open = new ArrayList<>(roots.values());
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      open.addAll(node.children.values());
      if (node.parent != null
          && node.children.isEmpty()
          && node.users == 0
          && (oldest == null || node.usedAt < oldest.usedAt)) {
        oldest = node;
      }
    }
    if (oldest == null || oldest.parent == null) {
      return false;
    }
    keptTokens -= oldest.run.length;
    oldest.parent.children.remove(Page.of(oldest.run, 0, pageTokens));
    if (oldest.kept != null) {
      oldest.kept.close();
    }
    roots.values().removeIf(root -> root.children.isEmpty() && root.users == 0);
    return true;
  }

  /// Pages that each scope keeps.
  Map<String, Integer> pagesByScope() {
    Map<String, Integer> pages = new HashMap<>();
    roots.forEach((sharing, root) -> {
      List<Node> open = new ArrayList<>(root.children.values());
      while (!open.isEmpty()) {
        Node node = open.removeLast();
        open.addAll(node.children.values());
        int own = pagesOf(node) - (node.parent == null ? 0 : pagesOf(node.parent));
        pages.merge(sharing.scope(), own, Integer::sum);
      }
    });
    return pages;
  }

  private static int pagesOf(Node node) {
    return node.kept == null ? 0 : node.kept.pages();
  }

  /// Tokens of all nodes' runs.
  int tokens() {
    return keptTokens;
  }

  /// Drops everything that no running request uses.
  @Override
  public void close() {
    while (evictOne()) {
      // One by one: a leaf's going makes its parent a leaf.
    }
  }
}
