package engram.memory.extract;

import engram.memory.Event;
import engram.memory.FactDraft;
import engram.memory.FactExtractor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What patterns find, and what a model finds beside it. Of the same claim by both the pattern's
/// stays, for it is found again whatever the model says next time.
public record PatternsAndModel(FactExtractor patterns, FactExtractor model)
    implements FactExtractor {
  @Override
  public String name() {
    return patterns.name() + " and " + model.name();
  }

  @Override
  public List<FactDraft> extract(Event event) {
    List<FactDraft> found = new ArrayList<>(patterns.extract(event));
    Set<String> said = new HashSet<>();
    found.forEach(draft -> said.add(content(draft)));
    for (FactDraft draft : model.extract(event)) {
      if (said.add(content(draft))) {
        found.add(draft);
      }
    }
    return found;
  }

  private static String content(FactDraft draft) {
    return String.join("\n", draft.subject(), draft.predicate(), draft.object())
        .toLowerCase(Locale.ROOT);
  }
}
