package engram.retrieval.ask;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.SupportChecker;
import engram.retrieval.pack.Passage;
import java.util.List;
import java.util.Map;

/// [Support], as others ask it: for texts that stand alone.
public final class WordSupport implements SupportChecker {
  @Override
  public double support(String claim, List<String> sources) {
    return Support.score(claim, sources.stream().map(WordSupport::passage).toList());
  }

  @Override
  public boolean carries(String claim, List<String> sources) {
    return support(claim, sources) >= Support.COVERAGE_MIN;
  }

  private static Passage passage(String text) {
    Span span = new Span(0, text.length());
    Source source = new Source("", "", "", 1, null, List.of(), 0, 0, List.of(), span);
    Hit hit = new Hit(0, 0, source, text, 0, Map.of(), 1, List.of(), null);
    return new Passage(source, text, 0, 1, List.of(hit));
  }
}
