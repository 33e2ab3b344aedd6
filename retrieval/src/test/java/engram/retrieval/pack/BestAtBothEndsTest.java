package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;

class BestAtBothEndsTest extends ContextPackerContract {
  @Override
  protected ContextPacker packer(PackSettings settings) {
    return new BestAtBothEnds(settings);
  }

  @Example
  void theBestPassagesStandAtBothEnds() {
    assertThat(pack(ranked(6), 1000).passages())
        .extracting(passage -> passage.hits().getFirst().chunkId())
        .containsExactly(1L, 3L, 5L, 6L, 4L, 2L);
  }
}
