package engram.retrieval.pack;

import engram.retrieval.Box;
import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Takes hits best first while they fit, joins those that overlap in one document, and merges those
/// that say the same elsewhere.
///
/// A hit too large for what is left of the budget is passed over, and a smaller one after it may
/// still be taken. Where even the best hit is larger than the whole budget, nothing is packed of
/// it.
///
/// Threads: one; one instance per context.
final class Selection {
  /// A hit that is shown, and what its duplicates are found by.
  private record Kept(Hit hit, Shingles shingles, List<Hit> duplicates) {}

  private final PackSettings settings;
  private final Budget budget;
  private final List<Passage> passages = new ArrayList<>();
  private final List<Kept> kept = new ArrayList<>();
  private final List<Hit> left = new ArrayList<>();
  private int tokens;

  Selection(PackSettings settings, Budget budget) {
    this.settings = settings;
    this.budget = budget;
  }

  /// @param hits best first
  Selection of(List<Hit> hits) {
    double floor = hits.isEmpty() ? 0 : settings.scoreFloor() * hits.getFirst().score();
    for (Hit hit : hits) {
      // Made for its check only: a joined text would hide that one hit's span is wrong.
      Passage alone = new Passage(hit.source(), hit.text(), 0, hit.score(), List.of(hit));
      if (hit.score() < floor || !take(hit, alone)) {
        left.add(hit);
      }
    }
    return this;
  }

  /// The passages, best first.
  List<Passage> ranked() {
    Map<Hit, List<Hit>> duplicates = new HashMap<>();
    kept.forEach(each -> duplicates.put(each.hit(), each.duplicates()));
    // A stable sort: passages of one score stay in the order in which the search ranked them.
    return passages.stream()
        .sorted(Comparator.comparingDouble(Passage::score).reversed())
        .map(passage -> passage.with(duplicates))
        .toList();
  }

  /// The context of these passages, less the worst ones where together they cost more than apart.
  PackedContext context(List<Passage> ranked, Order order) {
    List<Passage> shown = new ArrayList<>(ranked);
    int cost = budget.cost(order.of(shown));
    while (cost > budget.tokens()) {
      shown.removeLast();
      cost = budget.cost(order.of(shown));
    }
    List<Hit> packed = new ArrayList<>();
    List<Hit> merged = new ArrayList<>();
    for (Kept each : kept) {
      if (shown.stream().anyMatch(passage -> passage.hits().contains(each.hit()))) {
        packed.add(each.hit());
        merged.addAll(each.duplicates());
      } else {
        left.add(each.hit());
        left.addAll(each.duplicates());
      }
    }
    return new PackedContext(order.of(shown), packed, merged, left, cost);
  }

  /// How chosen passages stand; given best first.
  interface Order {
    List<Passage> of(List<Passage> ranked);
  }

  private boolean take(Hit hit, Passage alone) {
    List<Passage> touched = passages.stream().filter(passage -> touches(passage, hit)).toList();
    Shingles shingles = Shingles.of(hit.text());
    if (touched.isEmpty()) {
      for (Kept other : kept) {
        if (shingles.resemblance(other.shingles()) >= settings.duplicateMin()) {
          other.duplicates().add(hit);
          return true;
        }
      }
      if (passages.size() == settings.passagesMax() || sourceIsFull(hit)) {
        return false;
      }
    }
    Passage joined = touched.isEmpty() ? alone : join(touched, hit);
    joined = joined.costing(budget.cost(joined));
    int more = joined.tokens() - touched.stream().mapToInt(Passage::tokens).sum();
    if (tokens + more > budget.tokens()) {
      return false;
    }
    tokens += more;
    kept.add(new Kept(hit, shingles, new ArrayList<>()));
    passages.removeAll(touched);
    passages.add(joined);
    return true;
  }

  private boolean sourceIsFull(Hit hit) {
    Object source = source(hit);
    return settings.perSourceMax() > 0
        && passages.stream()
                .filter(passage -> source(passage.hits().getFirst()).equals(source))
                .count()
            >= settings.perSourceMax();
  }

  private Object source(Hit hit) {
    String attribute = settings.sourceAttribute();
    Object named = attribute == null ? null : hit.attributes().get(attribute);
    return named == null ? hit.source().fileId() : named;
  }

  private static boolean touches(Passage passage, Hit hit) {
    Source a = passage.source();
    Source b = hit.source();
    return a.fileId().equals(b.fileId())
        && a.version() == b.version()
        && a.span().start() <= b.span().end()
        && b.span().start() <= a.span().end();
  }

  /// The hit and all passages that it touches, as one passage.
  private static Passage join(List<Passage> touched, Hit hit) {
    List<Hit> parts = new ArrayList<>();
    touched.forEach(passage -> parts.addAll(passage.hits()));
    parts.add(hit);
    parts.sort(Comparator.comparingInt(part -> part.source().span().start()));
    StringBuilder text = new StringBuilder();
    int start = parts.getFirst().source().span().start();
    for (Hit part : parts) {
      int known = start + text.length() - part.source().span().start();
      if (known < part.text().length()) {
        text.append(part.text(), known, part.text().length());
      }
    }
    Source source = around(parts, new Span(start, start + text.length()));
    double score = parts.stream().mapToDouble(Hit::score).max().orElseThrow();
    return new Passage(source, text.toString(), 0, score, parts);
  }

  private static Source around(List<Hit> parts, Span span) {
    Source first = parts.getFirst().source();
    int pageFrom = first.pageFrom();
    int pageTo = first.pageTo();
    Set<Box> boxes = new LinkedHashSet<>();
    for (Hit part : parts) {
      pageFrom = Math.min(pageFrom, part.source().pageFrom());
      pageTo = Math.max(pageTo, part.source().pageTo());
      boxes.addAll(part.source().boxes());
    }
    return new Source(
        first.collectionId(),
        first.fileId(),
        first.filename(),
        first.version(),
        first.title(),
        first.headingPath(),
        pageFrom,
        pageTo,
        List.copyOf(boxes),
        span);
  }
}
