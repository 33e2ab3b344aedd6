package engram.inference.model;

import engram.inference.AttentionPattern;
import engram.inference.cache.KvSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one pass of a [Decoder] reads: new tokens of several sequences, each with its cache, in
/// rows one after another.
///
/// Made for one pass and used by one thread.
public final class Step {
  /// @param pattern null where every query sees all before it
  record Part(KvSequence sequence, int firstRow, int count, @Nullable AttentionPattern pattern) {}

  private final List<Part> parts = new ArrayList<>();
  private int[] tokens = new int[16];
  private int[] positions = new int[16];
  private int rows;
  private int[] wanted = new int[4];
  private int wantedCount;
  private boolean statesOnly;
  private @Nullable LayerWatcher watcher;

  /// Adds tokens at positions `first, first + 1, …`, which the sequence must not hold yet.
  ///
  /// @return the row of the first token
  public int add(KvSequence sequence, int[] newTokens, int firstPosition) {
    return add(sequence, newTokens, firstPosition, null);
  }

  /// As above, where queries see what a pattern says.
  public int add(
      KvSequence sequence, int[] newTokens, int firstPosition, @Nullable AttentionPattern pattern) {
    int[] places = new int[newTokens.length];
    Arrays.setAll(places, i -> firstPosition + i);
    return add(sequence, newTokens, places, pattern);
  }

  /// At ascending positions of the caller's choice.
  public int add(
      KvSequence sequence,
      int[] newTokens,
      int[] newPositions,
      @Nullable AttentionPattern pattern) {
    if (newTokens.length == 0 || newTokens.length != newPositions.length) {
      throw new IllegalArgumentException(
          newTokens.length + " tokens at " + newPositions.length + " positions");
    }
    for (Part part : parts) {
      if (part.sequence() == sequence) {
        throw new IllegalArgumentException("a sequence is in the step twice");
      }
    }
    int first = rows;
    rows += newTokens.length;
    if (rows > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(rows, 2 * tokens.length));
      positions = Arrays.copyOf(positions, tokens.length);
    }
    System.arraycopy(newTokens, 0, tokens, first, newTokens.length);
    System.arraycopy(newPositions, 0, positions, first, newTokens.length);
    parts.add(new Part(sequence, first, newTokens.length, pattern));
    return first;
  }

  /// Asks for the scores of what follows the token in `row`.
  ///
  /// @return where they will be in [Output#logits]
  public int want(int row) {
    if (row < 0 || row >= rows) {
      throw new IllegalArgumentException("row " + row + " not in 0.." + (rows - 1));
    }
    if (wantedCount == wanted.length) {
      wanted = Arrays.copyOf(wanted, 2 * wantedCount);
    }
    wanted[wantedCount] = row;
    return wantedCount++;
  }

  /// Of the wanted rows only the states: no scores are computed.
  public Step statesOnly() {
    statesOnly = true;
    return this;
  }

  /// Told of every layer on the way.
  public Step watch(LayerWatcher newWatcher) {
    watcher = newWatcher;
    return this;
  }

  public int rows() {
    return rows;
  }

  boolean hasPatterns() {
    return parts.stream().anyMatch(part -> part.pattern() != null);
  }

  List<Part> parts() {
    return parts;
  }

  int[] tokens() {
    return Arrays.copyOf(tokens, rows);
  }

  int[] positions() {
    return Arrays.copyOf(positions, rows);
  }

  int wantedCount() {
    return wantedCount;
  }

  int wanted(int index) {
    return wanted[index];
  }

  boolean needsLogits() {
    return !statesOnly;
  }

  @Nullable LayerWatcher watcher() {
    return watcher;
  }
}
