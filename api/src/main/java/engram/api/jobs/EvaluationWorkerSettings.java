package engram.api.jobs;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How evaluations run in the background.
///
/// @param workers runs that are carried on at the same time; 0 leaves them to other replicas
@ConfigurationProperties("engram.evaluation")
public record EvaluationWorkerSettings(@DefaultValue("1") int workers) {
  public EvaluationWorkerSettings {
    if (workers < 0 || workers > 16) {
      throw new IllegalArgumentException(
          "engram.evaluation.workers " + workers + " is not in [0, 16]");
    }
  }
}
