package engram.inference.decode;

import engram.inference.Draft;
import engram.inference.Drafter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// Drafts what followed the same words before: in this request's prompt and output, or in outputs
/// of requests before it. SuffixDecoding: Oliaro, Jia, Campos, Qiao, NeurIPS 2025; `factor = 1`,
/// `offset = 0`, `probabilityMin = 0.1` and depth 64 are theirs. The draft is the better path of
/// the two trees, not a tree.
public final class SuffixDrafter implements Drafter {
  public static final String NAME = "suffix";

  private static final int DEPTH = 64;

  private final Settings settings;
  private final Outputs outputs;
  private final SuffixTree own = new SuffixTree(DEPTH);
  private final SuffixTree.Sequence ownSequence = own.begin();
  private int[] output = new int[0];
  private boolean promptSeen;
  private boolean closed;

  /// @param factor tokens drafted for each one matched
  /// @param probabilityMin a draft ends where its tokens' product of ratios falls below
  public record Settings(double factor, double offset, double probabilityMin) {
    public static final Settings OF_PAPER = new Settings(1, 0, 0.1);

    public Settings {
      if (!(factor >= 0 && factor <= 64 && offset >= 0 && offset <= 64)) {
        throw new IllegalArgumentException(
            "factor " + factor + " or offset " + offset + " is not within [0, 64]");
      }
      if (!(probabilityMin > 0 && probabilityMin <= 1)) {
        throw new IllegalArgumentException(
            "probabilityMin " + probabilityMin + " is not in (0, 1]");
      }
    }
  }

  /// The last outputs of one model, which its requests' drafters share. What one tenant's requests
  /// said shapes only how fast another's are answered; give each its own where even that is too
  /// much.
  ///
  /// Threads: the engine's.
  public static final class Outputs {
    private final SuffixTree tree = new SuffixTree(DEPTH);
    private final Deque<SuffixTree.Sequence> sequences = new ArrayDeque<>();
    private final Deque<Integer> lengths = new ArrayDeque<>();
    private final int tokensMax;
    private long tokens;

    /// @param tokensMax kept of the last outputs, the first that came go first
    public Outputs(int tokensMax) {
      if (tokensMax < 0) {
        throw new IllegalArgumentException("tokensMax " + tokensMax + " < 0");
      }
      this.tokensMax = tokensMax;
    }

    void add(int[] output) {
      if (output.length == 0 || output.length > tokensMax) {
        return;
      }
      SuffixTree.Sequence sequence = tree.begin();
      for (int token : output) {
        sequence.append(token);
      }
      sequences.addLast(sequence);
      lengths.addLast(output.length);
      tokens += output.length;
      while (tokens > tokensMax) {
        sequences.removeFirst().remove();
        tokens -= lengths.removeFirst();
      }
    }

    long tokens() {
      return tokens;
    }
  }

  public SuffixDrafter(Settings settings, Outputs outputs) {
    this.settings = settings;
    this.outputs = outputs;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Draft propose(int[] tokens, int length, int maxTokens) {
    SuffixTree.Continuation ofOwn = continuation(own, tokens, length, maxTokens);
    SuffixTree.Continuation ofOthers = continuation(outputs.tree, tokens, length, maxTokens);
    SuffixTree.Continuation best = ofOthers.score() > ofOwn.score() ? ofOthers : ofOwn;
    float[] ratios = new float[best.tokens().size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = best.ratios().get(i);
    }
    return Draft.path(best.tokens().stream().mapToInt(Integer::intValue).toArray(), ratios);
  }

  private SuffixTree.Continuation continuation(
      SuffixTree tree, int[] tokens, int length, int maxTokens) {
    return tree.continuation(
        tokens, length, maxTokens, settings.factor(), settings.offset(), settings.probabilityMin());
  }

  @Override
  public void accepted(int[] tokens, int length, int count) {
    for (int i = length - count; i < length; i++) {
      ownSequence.append(tokens[i]);
    }
    if (promptSeen) {
      int before = output.length;
      output = Arrays.copyOf(output, before + count);
      System.arraycopy(tokens, length - count, output, before, count);
    }
    promptSeen = true;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      outputs.add(output);
    }
  }
}
