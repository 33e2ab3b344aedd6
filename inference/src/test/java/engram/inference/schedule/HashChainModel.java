package engram.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.CacheMethods;
import engram.inference.Signal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A model whose scores depend on every token before, through a hash that it computes anew from the
/// pages each time: a wrong, shared or missing page changes all that follows.
///
/// Its cache is real: pages with owners, copied when a shared one is written to. What a caller may
/// not do fails at once: more pages than are free, a sequence twice in a batch, a closed sequence.
public class HashChainModel implements StepModel {
  private final int vocabulary;
  private final int contextWindow;
  private final int pageTokens;
  private final int[][] pages;
  private final int[] owners;
  private int free;
  private boolean closed;

  /// What sequences were told of their tokens.
  final Map<Integer, Float> scores = new TreeMap<>();

  int passes;
  long computedTokens;

  /// Fails the pass with this number.
  int failAt = -1;

  public HashChainModel(int vocabulary, int contextWindow, int pageTokens, int pageCount) {
    this.vocabulary = vocabulary;
    this.contextWindow = contextWindow;
    this.pageTokens = pageTokens;
    pages = new int[pageCount][pageTokens];
    owners = new int[pageCount];
    free = pageCount;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public int contextWindow() {
    return contextWindow;
  }

  @Override
  public int pageTokens() {
    return pageTokens;
  }

  @Override
  public int pagesTotal() {
    return pages.length;
  }

  @Override
  public int pagesFree() {
    return free;
  }

  public boolean closed() {
    return closed;
  }

  @Override
  public Set<Signal> signals() {
    return Set.of(Signal.LOGPROB);
  }

  @Override
  public CachedSequence open(CacheMethods methods) {
    assertThat(closed).isFalse();
    return new Sequence(new ArrayList<>(), 0);
  }

  private int takePage() {
    assertThat(free).as("free pages").isPositive();
    for (int page = 0; page < owners.length; page++) {
      if (owners[page] == 0) {
        owners[page] = 1;
        free--;
        Arrays.fill(pages[page], -1);
        return page;
      }
    }
    throw new AssertionError("no page is free");
  }

  private void drop(int page) {
    assertThat(owners[page]).isPositive();
    if (--owners[page] == 0) {
      free++;
    }
  }

  /// The scores after these tokens: what the model would say if it computed everything at once.
  public float[] scoresAfter(int[] tokens, int length) {
    long hash = 0x9E3779B97F4A7C15L;
    for (int i = 0; i < length; i++) {
      hash = mix(hash ^ (tokens[i] + 1L) * 0xD1342543DE82EF95L);
    }
    return scores(hash);
  }

  private float[] scores(long hash) {
    float[] scores = new float[vocabulary];
    for (int token = 0; token < vocabulary; token++) {
      hash = mix(hash + token);
      scores[token] = (hash >>> 40) / (float) (1 << 22);
    }
    return scores;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  @Override
  public void step(List<Slice> batch, float[][] logits) {
    assertThat(closed).isFalse();
    if (passes++ == failAt) {
      throw new IllegalStateException("the pass fails");
    }
    Set<CachedSequence> seen = new HashSet<>();
    int row = 0;
    for (Slice slice : batch) {
      assertThat(seen.add(slice.sequence())).as("a sequence twice in a batch").isTrue();
      Sequence sequence = (Sequence) slice.sequence();
      for (int token : slice.tokens()) {
        assertThat(token).isBetween(0, vocabulary - 1);
        sequence.append(token);
        computedTokens++;
      }
      int[] tokens = sequence.tokens();
      tellAttention(slice, tokens.length);
      for (int i = slice.rows(); i > 0; i--) {
        System.arraycopy(
            scoresAfter(tokens, tokens.length - i + 1), 0, logits[row++], 0, vocabulary);
      }
    }
  }

  /// Every query attends to all tokens alike.
  private static void tellAttention(Slice slice, int length) {
    AttentionReader reader = slice.attention();
    if (reader != null) {
      for (int query = length - slice.tokens().length; query < length; query++) {
        if (query >= reader.firstQuery()) {
          int[] positions = new int[query + 1];
          float[] weights = new float[query + 1];
          Arrays.setAll(positions, i -> i);
          Arrays.fill(weights, 1f / (query + 1));
          reader.row(query, 0, 0, positions, weights, query + 1);
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  /// Tiers are in memory here, and fetched on the second question; one in `loseEvery` is lost.
  int loseEvery = Integer.MAX_VALUE;

  boolean tiered;

  /// What bringing anything back is said to take.
  double secondsInTier;

  int demoted;
  int restored;
  private int kept;

  @Override
  public double secondsToBringBack(CachedSequence sequence, int from) {
    return tiered ? secondsInTier : Double.POSITIVE_INFINITY;
  }

  @Override
  public @Nullable Demoted demote(CachedSequence sequence, int from, String owner, Runnable wake) {
    if (!tiered) {
      return null;
    }
    assertThat(from % pageTokens).isZero();
    Sequence own = (Sequence) sequence;
    int[] tokens = own.tokens();
    int skipped = own.skipped;
    assertThat(from == 0 || skipped == 0).isTrue();
    boolean lost = ++demoted % loseEvery == 0;
    kept++;
    return new Demoted() {
      private int asked;
      private boolean forgotten;

      @Override
      public int pages() {
        return (tokens.length - from + pageTokens - 1) / pageTokens;
      }

      @Override
      public int length() {
        return tokens.length + skipped;
      }

      @Override
      public double seconds() {
        return secondsInTier;
      }

      @Override
      public boolean fetch() {
        assertThat(forgotten).isFalse();
        wake.run();
        return asked++ > 0;
      }

      @Override
      public @Nullable CachedSequence restore(@Nullable CachedSequence before) {
        assertThat(forgotten).isFalse();
        if (lost) {
          if (before != null) {
            before.close();
          }
          return null;
        }
        restored++;
        Sequence back = before == null ? new Sequence(new ArrayList<>(), 0) : (Sequence) before;
        assertThat(back.tokens()).isEqualTo(Arrays.copyOf(tokens, from));
        for (int i = from; i < tokens.length; i++) {
          back.append(tokens[i]);
        }
        back.skip(skipped);
        return back;
      }

      @Override
      public void letGo() {
        asked = 0;
      }

      @Override
      public void forget() {
        kept -= forgotten ? 0 : 1;
        forgotten = true;
      }
    };
  }

  /// Caches that are still in the tier.
  int kept() {
    return kept;
  }

  private final class Sequence implements CachedSequence {
    private final List<Integer> table;

    /// Of tokens that were left out; `length` does not count them.
    private int skipped;

    private int length;
    private boolean gone;

    Sequence(List<Integer> table, int length) {
      this.table = table;
      this.length = length;
    }

    @Override
    public int length() {
      assertThat(gone).isFalse();
      return length + skipped;
    }

    @Override
    public void skip(int tokens) {
      skipped += tokens;
    }

    @Override
    public int pagesToAppend(int tokens) {
      int needed = (length + tokens + pageTokens - 1) / pageTokens - table.size();
      boolean copies = tokens > 0 && length % pageTokens != 0 && owners[table.getLast()] > 1;
      return needed + (copies ? 1 : 0);
    }

    void append(int token) {
      assertThat(gone).isFalse();
      assertThat(length).isLessThan(contextWindow);
      int slot = length % pageTokens;
      if (slot == 0) {
        table.add(takePage());
      } else if (owners[table.getLast()] > 1) {
        int copy = takePage();
        System.arraycopy(pages[table.getLast()], 0, pages[copy], 0, slot);
        drop(table.removeLast());
        table.add(copy);
      }
      pages[table.getLast()][slot] = token;
      length++;
    }

    int[] tokens() {
      int[] tokens = new int[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = pages[table.get(i / pageTokens)][i % pageTokens];
      }
      return tokens;
    }

    @Override
    public int pages() {
      return table.size();
    }

    @Override
    public CachedSequence fork(int tokens) {
      assertThat(gone).isFalse();
      assertThat(tokens).isBetween(0, length);
      assertThat(skipped).isZero();
      List<Integer> shared =
          new ArrayList<>(table.subList(0, (tokens + pageTokens - 1) / pageTokens));
      shared.forEach(page -> owners[page]++);
      return new Sequence(shared, tokens);
    }

    @Override
    public void truncate(int tokens) {
      assertThat(gone).isFalse();
      assertThat(tokens).isBetween(skipped, length + skipped);
      length = tokens - skipped;
      while (table.size() > (length + pageTokens - 1) / pageTokens) {
        drop(table.removeLast());
      }
    }

    @Override
    public void scored(int position, float logProb) {
      assertThat(gone).isFalse();
      scores.put(position, logProb);
    }

    @Override
    public void close() {
      if (!gone) {
        gone = true;
        table.forEach(HashChainModel.this::drop);
        table.clear();
      }
    }
  }
}
