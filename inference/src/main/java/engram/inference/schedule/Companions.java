package engram.inference.schedule;

import engram.inference.CacheMethods;
import java.util.ArrayList;
import java.util.List;

/// The smaller models that read a request's tokens in step with the main one.
///
/// Each holds pages for all that the request may become, from its start on: so a pass of the main
/// model never waits for one of theirs.
///
/// Threads: the engine's.
final class Companions implements AutoCloseable {
  private final List<StepModel> models;
  private final List<CachedSequence> sequences = new ArrayList<>();
  private final List<float[][]> rows = new ArrayList<>();

  private Companions(List<StepModel> models) {
    this.models = models;
    models.forEach(model -> sequences.add(model.open(CacheMethods.ALL)));
  }

  /// Sequences for a request of at most `tokens` tokens.
  static Companions open(List<StepModel> models) {
    return new Companions(models);
  }

  /// Whether each model has pages for `tokens` tokens beside what it promised to `others`.
  @SuppressWarnings("ReferenceEquality") // the very model whose pages are counted
  static boolean fit(List<StepModel> models, int tokens, List<Job> others) {
    for (StepModel model : models) {
      long promised = 0;
      for (Job other : others) {
        for (StepModel theirs : other.request.companions()) {
          promised += theirs == model ? pages(model, other.tokensMost()) : 0;
        }
      }
      if (model.pagesTotal() - promised < pages(model, tokens)) {
        return false;
      }
    }
    return true;
  }

  private static long pages(StepModel model, int tokens) {
    try (CachedSequence empty = model.open(CacheMethods.ALL)) {
      // A page more for a shared one that is copied. Beyond its context no text of it goes.
      return empty.pagesToAppend(Math.min(tokens, model.contextWindow())) + 1L;
    }
  }

  /// Reads what the main model reads.
  void step(Slice slice) {
    rows.clear();
    for (int i = 0; i < models.size(); i++) {
      float[][] scores = new float[slice.rows()][models.get(i).vocabulary()];
      models.get(i).step(List.of(Slice.of(sequences.get(i), slice.tokens(), slice.rows())), scores);
      rows.add(scores);
    }
  }

  /// Forgets what the main model forgets.
  void truncate(int tokens) {
    sequences.forEach(sequence -> sequence.truncate(Math.min(tokens, sequence.length())));
  }

  /// Scores of some of the companions for a row of the last slice.
  List<float[]> scores(int first, int count, int row) {
    List<float[]> scores = new ArrayList<>(count);
    for (int i = first; i < first + count; i++) {
      scores.add(rows.get(i)[row]);
    }
    return scores;
  }

  @Override
  public void close() {
    sequences.forEach(CachedSequence::close);
  }
}
