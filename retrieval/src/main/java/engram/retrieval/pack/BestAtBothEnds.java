package engram.retrieval.pack;

import engram.retrieval.Box;
import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/// Takes hits best first while they fit, joins those that overlap in one document, and puts the
/// best passages at both ends: 1st, 3rd, 5th, … 6th, 4th, 2nd.
///
/// Models use what stands at the beginning and the end of a long context and overlook its middle:
/// Liu et al., "Lost in the Middle", TACL 2024, whose figure 5 shows the U-shaped curve that this
/// order answers to.
///
/// A hit too large for what is left of the budget is passed over, and a smaller one after it may
/// still be taken. Where even the best hit is larger than the whole budget, nothing is packed of
/// it.
///
/// @param tokenCount counts the tokens of a text
public record BestAtBothEnds(ToIntFunction<String> tokenCount) implements ContextPacker {
  @Override
  public PackedContext pack(List<Hit> hits, int budgetTokens) {
    if (budgetTokens < 1) {
      throw new IllegalArgumentException("budgetTokens " + budgetTokens + " < 1");
    }
    List<Passage> passages = new ArrayList<>();
    List<Hit> packed = new ArrayList<>();
    List<Hit> left = new ArrayList<>();
    int tokens = 0;
    for (Hit hit : hits) {
      // Made for its check only: a joined text would hide that one hit's span is wrong.
      Passage alone = passage(List.of(hit), hit.source(), hit.text());
      List<Passage> touched = passages.stream().filter(passage -> touches(passage, hit)).toList();
      Passage joined = touched.isEmpty() ? alone : join(touched, hit);
      int more = joined.tokens() - touched.stream().mapToInt(Passage::tokens).sum();
      if (tokens + more > budgetTokens) {
        left.add(hit);
        continue;
      }
      tokens += more;
      packed.add(hit);
      passages.removeAll(touched);
      passages.add(joined);
    }
    // A stable sort: passages of one score stay in the order in which the search ranked them.
    passages.sort(Comparator.comparingDouble(Passage::score).reversed());
    return new PackedContext(bestAtBothEnds(passages), packed, left, tokens);
  }

  private static List<Passage> bestAtBothEnds(List<Passage> ranked) {
    List<Passage> front = new ArrayList<>();
    List<Passage> back = new ArrayList<>();
    for (int index = 0; index < ranked.size(); index++) {
      (index % 2 == 0 ? front : back).add(ranked.get(index));
    }
    Collections.reverse(back);
    front.addAll(back);
    return front;
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
  private Passage join(List<Passage> touched, Hit hit) {
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
    return passage(parts, source, text.toString());
  }

  private Passage passage(List<Hit> parts, Source source, String text) {
    double score = parts.stream().mapToDouble(Hit::score).max().orElseThrow();
    return new Passage(source, text, tokenCount.applyAsInt(text), score, parts);
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
