package engram.inference.schedule;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A run of whole pages that follow the parent's, kept here or away in another tier.
///
/// Threads: the engine's.
final class PrefixNode {
  int[] run;

  /// Tokens before the run.
  int start;

  @Nullable PrefixNode parent;

  /// All from the start of the sequence to the end of the run; what it shares with the parent's
  /// costs nothing. Null while it is away.
  @Nullable CachedSequence kept;

  /// The run alone. Null while it is kept.
  @Nullable Demoted away;

  final Map<Page, PrefixNode> children = new HashMap<>(2);
  int users;
  long usedAt;

  PrefixNode(int[] run, @Nullable PrefixNode parent, int start) {
    this.run = run;
    this.parent = parent;
    this.start = start;
  }

  static PrefixNode root() {
    return new PrefixNode(new int[0], null, 0);
  }

  boolean isRoot() {
    return parent == null;
  }

  int end() {
    return start + run.length;
  }

  /// By which its parent knows it.
  Page first(int pageTokens) {
    return Page.of(run, 0, pageTokens);
  }

  /// A page's tokens as a key.
  record Page(List<Integer> tokens) {
    static Page of(int[] tokens, int from, int pageTokens) {
      return new Page(Arrays.stream(tokens, from, from + pageTokens).boxed().toList());
    }
  }
}
