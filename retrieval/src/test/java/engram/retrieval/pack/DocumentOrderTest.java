package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Hit;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;

class DocumentOrderTest extends ContextPackerContract {
  @Override
  protected ContextPacker packer(PackSettings settings) {
    return new DocumentOrder(settings);
  }

  @Example
  void passagesStandAsInTheirDocumentAndTheBestDocumentFirst() {
    List<Hit> hits = new ArrayList<>(List.of(hit(9, 1, 20, 40, 2)));
    hits.addAll(ranked(4));
    hits.add(hit(8, 1, 0, 10, 0.1));
    assertThat(pack(hits, 1000).passages())
        .extracting(passage -> passage.hits().getFirst().chunkId())
        .containsExactly(8L, 9L, 4L, 3L, 2L, 1L);
  }
}
