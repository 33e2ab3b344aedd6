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
/// recently used leaves go first, and never one that a running request began with. Where there is
/// another tier they go there, each with its own run alone, and come back when they are asked for.
///
/// Whole pages only, so sharing copies nothing. Scopes see nothing of each other. A node that is
/// kept stands below one that is, too; below one that is away all are away.
///
/// Threads: the engine's.
final class PrefixTree implements AutoCloseable {
  /// Nodes that are away at most: their tokens stay here.
  private static final int AWAY_MAX = 4096;

  private final int pageTokens;
  private final Away tier;
  private final Map<Sharing, PrefixNode> roots = new HashMap<>();
  private final List<PrefixNode> fetching = new ArrayList<>();
  private long clock;
  private int keptTokens;
  private int awayCount;

  /// Another tier.
  interface Away {
    /// Copies what of a sequence follows its first tokens; the sequence stays the tree's.
    ///
    /// @return null where there is no such tier, or computing it anew is not slower
    @Nullable Demoted demote(CachedSequence kept, int from, String scope);
  }

  PrefixTree(int pageTokens, Away tier) {
    this.pageTokens = pageTokens;
    this.tier = tier;
  }

  /// Keeps a node, and so all above it, from being dropped.
  static final class Hold {
    private @Nullable PrefixNode node;

    private Hold(PrefixNode node) {
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

  /// The longest beginning of `tokens[0..limit)` that is kept, in whole pages; null if none is.
  @Nullable Match longest(Sharing with, int[] tokens, int limit) {
    PrefixNode node = roots.get(with);
    if (node == null) {
      return null;
    }
    int matched = 0;
    PrefixNode deepest = null;
    while (true) {
      PrefixNode child = childAt(node, tokens, matched, limit);
      if (child == null || child.kept == null) {
        break;
      }
      int same = commonPages(child.run, tokens, matched, limit);
      matched += same;
      boolean whole = same == child.run.length;
      // Only what is used may be held: the rest of the run must be free to go.
      deepest = whole ? child : split(child, same);
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
    PrefixNode node = roots.get(with);
    int matched = 0;
    while (node != null) {
      node = childAt(node, tokens, matched, limit);
      if (node != null && node.kept == null) {
        break;
      }
      if (node != null) {
        int same = commonPages(node.run, tokens, matched, limit);
        matched += same;
        node = same == node.run.length ? node : null;
      }
    }
    return matched;
  }

  private @Nullable PrefixNode childAt(PrefixNode node, int[] tokens, int from, int limit) {
    return from + pageTokens <= limit
        ? node.children.get(PrefixNode.Page.of(tokens, from, pageTokens))
        : null;
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
    PrefixNode node = roots.computeIfAbsent(with, s -> PrefixNode.root());
    int matched = 0;
    while (matched < end) {
      PrefixNode child = childAt(node, tokens, matched, end);
      int same = child == null ? 0 : commonPages(child.run, tokens, matched, end);
      if (child != null && child.kept == null) {
        child = computedAnew(child, same, matched, sequence);
      }
      if (child == null) {
        int[] run = Arrays.copyOfRange(tokens, matched, end);
        PrefixNode leaf = new PrefixNode(run, node, matched);
        node.children.put(leaf.first(pageTokens), leaf);
        keep(leaf, sequence.fork(end));
        return new Hold(leaf);
      }
      child.usedAt = ++clock;
      if (same < child.run.length && matched + same < end) {
        child = split(child, same);
      }
      matched += same;
      node = child;
    }
    return new Hold(node);
  }

  /// What was away and was computed all the same is kept; what of it was not computed goes.
  private @Nullable PrefixNode computedAnew(
      PrefixNode away, int same, int matched, CachedSequence sequence) {
    if (same < away.run.length) {
      drop(away);
      return null;
    }
    forget(away);
    keep(away, sequence.fork(matched + same));
    return away;
  }

  private void keep(PrefixNode node, CachedSequence kept) {
    node.kept = kept;
    node.usedAt = ++clock;
    keptTokens += node.run.length;
  }

  /// Makes the first `at` tokens of a node's run a node of their own, and returns it.
  private PrefixNode split(PrefixNode lower, int at) {
    PrefixNode parent = lower.parent;
    CachedSequence kept = lower.kept;
    if (parent == null || kept == null) {
      throw new IllegalStateException("a root has no run to split, nor has what is away");
    }
    PrefixNode upper = new PrefixNode(Arrays.copyOf(lower.run, at), parent, lower.start);
    upper.kept = kept.fork(upper.end());
    upper.usedAt = lower.usedAt;
    parent.children.put(upper.first(pageTokens), upper);
    lower.run = Arrays.copyOfRange(lower.run, at, lower.run.length);
    lower.start = upper.end();
    lower.parent = upper;
    upper.children.put(lower.first(pageTokens), lower);
    return upper;
  }

  /// Begins to bring back what of `tokens[0..limit)` is away and worth it.
  ///
  /// @return what comes back, or was lost, before it can be known to [#longest]; empty if nothing
  ///   does
  List<Demoted> fetch(Sharing with, int[] tokens, int limit, Worth worth) {
    List<Demoted> coming = new ArrayList<>();
    PrefixNode node = roots.get(with);
    int matched = 0;
    while (node != null) {
      node = childAt(node, tokens, matched, limit);
      if (node == null) {
        break;
      }
      int same = commonPages(node.run, tokens, matched, limit);
      matched += same;
      Demoted away = node.away;
      if (away != null) {
        if (!worth.reading(away, same)) {
          break;
        }
        node.usedAt = ++clock;
        if (!fetching.contains(node)) {
          fetching.add(node);
        }
        away.fetch();
        coming.add(away);
      }
      node = same == node.run.length ? node : null;
    }
    return coming;
  }

  /// Whether something is still on its way back.
  boolean fetches(Demoted away) {
    return fetching.stream().anyMatch(node -> away.equals(node.away));
  }

  /// Whether bringing something back is worth it for so many of its tokens.
  interface Worth {
    boolean reading(Demoted away, int tokens);
  }

  /// Whether there is room for pages beside what is promised.
  interface Room {
    boolean has(int pages);
  }

  /// Keeps again what has come back, where there is room; what was lost is forgotten, and what has
  /// no room stays away.
  void settle(Room room) {
    for (PrefixNode node : List.copyOf(fetching)) {
      Demoted away = node.away;
      if (away != null && away.fetch()) {
        fetching.remove(node);
        settle(node, away, room);
      }
    }
    // What was computed anew meanwhile, or followed what was lost.
    fetching.removeIf(node -> node.away == null);
    dropEmptyRoots();
  }

  private void settle(PrefixNode node, Demoted away, Room room) {
    PrefixNode parent = node.parent;
    if (parent == null || (!parent.isRoot() && parent.kept == null)) {
      away.letGo();
      return;
    }
    Hold hold = new Hold(parent);
    try {
      if (!room.has(away.pages())) {
        away.letGo();
        return;
      }
      if (!away.equals(node.away)) {
        return; // it was the oldest of too many
      }
      CachedSequence back = away.restore(parent.kept == null ? null : parent.kept.fork(node.start));
      if (back == null) {
        drop(node);
      } else {
        forget(node);
        keep(node, back);
      }
    } finally {
      hold.release();
    }
  }

  /// Gives up the pages of the leaf that was not used for longest: it goes to the other tier where
  /// that is worth it, else it is gone. False where running requests use all that there is.
  boolean evictOne() {
    PrefixNode oldest = null;
    for (PrefixNode node : all()) {
      if (node.kept != null
          && node.users == 0
          && node.children.values().stream().allMatch(child -> child.kept == null)
          && (oldest == null || node.usedAt < oldest.usedAt)) {
        oldest = node;
      }
    }
    if (oldest == null || oldest.kept == null) {
      return false;
    }
    CachedSequence kept = oldest.kept;
    Demoted away = tier.demote(kept, oldest.start, scopeOf(oldest));
    keptTokens -= oldest.run.length;
    oldest.kept = null;
    if (away == null) {
      drop(oldest);
    } else {
      oldest.away = away;
      awayCount++;
      boundAway();
    }
    kept.close();
    dropEmptyRoots();
    return true;
  }

  private List<PrefixNode> all() {
    List<PrefixNode> all = new ArrayList<>(roots.values());
    for (int i = 0; i < all.size(); i++) {
      all.addAll(all.get(i).children.values());
    }
    return all;
  }

  private String scopeOf(PrefixNode node) {
    PrefixNode root = node;
    while (root.parent != null) {
      root = root.parent;
    }
    for (Map.Entry<Sharing, PrefixNode> each : roots.entrySet()) {
      if (each.getValue() == root) {
        return each.getKey().scope();
      }
    }
    throw new IllegalStateException("a node is in no tree");
  }

  private void boundAway() {
    while (awayCount > AWAY_MAX) {
      PrefixNode oldest = null;
      for (PrefixNode node : all()) {
        if (node.away != null && (oldest == null || node.usedAt < oldest.usedAt)) {
          oldest = node;
        }
      }
      if (oldest == null) {
        return;
      }
      drop(oldest);
    }
  }

  private void forget(PrefixNode node) {
    if (node.away != null) {
      node.away.forget();
      node.away = null;
      awayCount--;
    }
  }

  /// Takes a node that is not kept out of the tree, with all below it.
  private void drop(PrefixNode node) {
    PrefixNode parent = node.parent;
    if (parent == null) {
      throw new IllegalStateException("a root is not dropped");
    }
    parent.children.remove(node.first(pageTokens));
    List<PrefixNode> below = new ArrayList<>(List.of(node));
    while (!below.isEmpty()) {
      PrefixNode one = below.removeLast();
      below.addAll(one.children.values());
      forget(one);
    }
  }

  private void dropEmptyRoots() {
    roots.values().removeIf(root -> root.children.isEmpty() && root.users == 0);
  }

  /// Pages that each scope keeps.
  Map<String, Integer> pagesByScope() {
    Map<String, Integer> pages = new HashMap<>();
    roots.forEach((sharing, root) -> {
      List<PrefixNode> open = new ArrayList<>(root.children.values());
      while (!open.isEmpty()) {
        PrefixNode node = open.removeLast();
        open.addAll(node.children.values());
        int own = Math.max(0, pagesOf(node) - (node.parent == null ? 0 : pagesOf(node.parent)));
        pages.merge(sharing.scope(), own, Integer::sum);
      }
    });
    return pages;
  }

  private static int pagesOf(PrefixNode node) {
    return node.kept == null ? 0 : node.kept.pages();
  }

  /// Tokens of the runs of all nodes that are kept.
  int tokens() {
    return keptTokens;
  }

  /// Drops everything that no running request uses.
  @Override
  public void close() {
    fetching.clear();
    List<PrefixNode> all = all();
    // From the leaves up.
    for (PrefixNode node : all.reversed()) {
      if (node.isRoot() || node.users > 0 || !node.children.isEmpty()) {
        continue;
      }
      if (node.kept != null) {
        keptTokens -= node.run.length;
        node.kept.close();
        node.kept = null;
      }
      drop(node);
    }
    dropEmptyRoots();
  }
}
