package engram.inference.model;

import engram.inference.AttentionPattern;
import engram.inference.AttentionPattern.Positions;
import java.util.ArrayList;
import java.util.List;

/// What one query sees under a pattern in a layer, cut into spans whose keys are all compared from
/// one place.
///
/// @param last the span that ends with the query itself, compared from where the query is in the
///   text; [Span#NONE] where there is none
/// @param earlier the others
/// @param capped those beyond the greatest distance: their keys stand at position 0
record SeenSpans(Span last, List<Span> earlier, List<Span> capped) {
  /// Positions `[from, to)`.
  ///
  /// @param turn from the query's own place to the one that it is compared from
  record Span(int from, int to, int turn) {
    static final Span NONE = new Span(0, 0, 0);

    /// The window of a mask that sees the span from its last position; 0 for all before it.
    int window() {
      return from == 0 ? 0 : to - from;
    }
  }

  /// @param window of the layer itself; 0 for none. It holds for the distances of the pattern.
  static SeenSpans of(AttentionPattern pattern, int query, int window) {
    int[] spans = pattern.spans(query);
    int total = 0;
    for (int i = 0; i < spans.length; i += 2) {
      total += spans[i + 1] - spans[i];
    }
    List<Span> near = new ArrayList<>(2);
    List<Span> capped = new ArrayList<>(2);
    int before = 0;
    for (int i = 0; i < spans.length; i += 2) {
      int from = spans[i];
      int to = spans[i + 1];
      switch (pattern.positions()) {
        case Positions.True() -> addWithin(near, from, to, query, query, window);
        case Positions.InCache() ->
            addWithin(near, from, to, query, total - 1 + from - before, window);
        case Positions.Capped(int most) -> {
          int border = Math.clamp((long) query - most + 1, from, to);
          if (from < border && (window == 0 || most < window)) {
            capped.add(new Span(from, border, most - query));
          }
          addWithin(near, border, to, query, query, window);
        }
      }
      before += to - from;
    }
    boolean own = !near.isEmpty() && near.getLast().turn() == 0;
    return new SeenSpans(
        own ? near.getLast() : Span.NONE,
        List.copyOf(own ? near.subList(0, near.size() - 1) : near),
        capped);
  }

  private static void addWithin(
      List<Span> to, int from, int end, int query, int place, int window) {
    int first = window == 0 ? from : Math.max(from, place - window + 1);
    if (first < end) {
      to.add(new Span(first, end, place - query));
    }
  }
}
