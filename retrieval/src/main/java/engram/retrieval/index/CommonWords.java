package engram.retrieval.index;

import engram.retrieval.Analysis;
import engram.retrieval.TextWords;
import java.util.List;
import java.util.Set;

/// [TextWords] by the index's own analysis.
public final class CommonWords implements TextWords {
  private static final Analysis PLAIN = new Analysis(Analysis.Language.NONE);

  private static final Analysis COMMON = new Analysis(Analysis.Language.COMMON);

  @Override
  public List<String> of(String text) {
    Set<String> grammar = FunctionWords.of(text, false);
    return TextAnalysis.phrase(text, text, COMMON).stream()
        .filter(word -> !grammar.contains(word))
        .toList();
  }

  @Override
  public List<String> plain(String text) {
    return TextAnalysis.phrase(text, text, PLAIN);
  }
}
