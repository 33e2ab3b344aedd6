package engram.system.planted.inference.tensor;

import org.springframework.core.Ordered;

class KnowsSpring implements Ordered {
  @Override
  public int getOrder() {
    return 0;
  }
}
