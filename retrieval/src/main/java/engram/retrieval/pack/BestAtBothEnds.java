package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Puts the best passages at both ends: 1st, 3rd, 5th, … 6th, 4th, 2nd.
///
/// Models use what stands at the beginning and the end of a long context and overlook its middle:
/// Liu et al., "Lost in the Middle", TACL 2024, whose figure 5 shows the U-shaped curve that this
/// order answers to; Jin et al., "Long-Context LLMs Meet RAG", ICLR 2025, section 4, propose it
/// against hard negatives.
public record BestAtBothEnds(PackSettings settings) implements ContextPacker {
  @Override
  public PackedContext pack(List<Hit> hits, Budget budget) {
    Selection selection = new Selection(settings, budget).of(hits);
    return selection.context(selection.ranked(), BestAtBothEnds::bestAtBothEnds);
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
}
