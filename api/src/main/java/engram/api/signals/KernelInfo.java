package engram.api.signals;

import engram.inference.Engine;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.stereotype.Component;

/// Tells `/actuator/info` which kernels models compute with, and why not better ones.
@Component
class KernelInfo implements InfoContributor {
  @Override
  public void contribute(Info.Builder builder) {
    builder.withDetail("inference", Map.of("kernels", Engine.kernels()));
  }
}
