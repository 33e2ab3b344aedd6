package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Shows the passages of one document together and as they stand in it, the document of the best
/// passage first.
///
/// Yu, Xu, Akkiraju, "In Defense of RAG in the Era of Long-Context Language Models", 2024 (OP-RAG):
/// chunks in their original order are answered from better than in the order of their scores. They
/// have one document; that documents stand by their best passage is ours.
public record DocumentOrder(PackSettings settings) implements ContextPacker {
  private record Document(String fileId, int version) {
    static Document of(Passage passage) {
      return new Document(passage.source().fileId(), passage.source().version());
    }
  }

  @Override
  public PackedContext pack(List<Hit> hits, Budget budget) {
    Selection selection = new Selection(settings, budget).of(hits);
    return selection.context(selection.ranked(), DocumentOrder::inOrder);
  }

  private static List<Passage> inOrder(List<Passage> ranked) {
    Map<Document, Integer> ranks = new HashMap<>();
    ranked.forEach(passage -> ranks.putIfAbsent(Document.of(passage), ranks.size()));
    return ranked.stream()
        .sorted(
            Comparator.comparingInt(
                    (Passage passage) -> ranks.getOrDefault(Document.of(passage), 0))
                .thenComparingInt(passage -> passage.source().span().start()))
        .toList();
  }
}
