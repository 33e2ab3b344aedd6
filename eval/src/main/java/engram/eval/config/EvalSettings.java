package engram.eval.config;

import engram.eval.ReadLimits;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// All settings of evaluations.
///
/// @param lease how long a worker that says nothing keeps its run
/// @param setBytesMax largest judged set that is uploaded, unpacked
/// @param queriesMax of one judged set
/// @param judgementsMax of one judged set
@ConfigurationProperties("engram.eval")
public record EvalSettings(
    @DefaultValue("15s") Duration lease,
    @DefaultValue("64MB") DataSize setBytesMax,
    @DefaultValue("50000") int queriesMax,
    @DefaultValue("1000000") int judgementsMax) {
  public EvalSettings {
    if (lease.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("engram.eval.lease " + lease + " < 1s");
    }
    if (setBytesMax.toBytes() < 1 || queriesMax < 1 || judgementsMax < 1) {
      throw new IllegalArgumentException(
          "engram.eval: set-bytes-max, queries-max and judgements-max are at least 1");
    }
  }

  public ReadLimits limits() {
    return new ReadLimits(setBytesMax.toBytes(), queriesMax, judgementsMax);
  }
}
