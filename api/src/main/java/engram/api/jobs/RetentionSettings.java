package engram.api.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How long things are kept that nobody deletes.
///
/// @param finishedJobs jobs that ended, dead letters among them
/// @param responses what `GET /v1/responses/{id}` shows and conversations go on from
/// @param audit the audit log, the receipts of deletions, and who read and wrote which memories
/// @param usage by the hour, what was asked of the server
/// @param fileVersions the last versions of a file whose text and bytes stay
/// @param retiredBuilds builds of collections that do not serve any more
@ConfigurationProperties("engram.retention")
public record RetentionSettings(
    @DefaultValue("30d") Duration finishedJobs,
    @DefaultValue("30d") Duration responses,
    @DefaultValue("365d") Duration audit,
    @DefaultValue("400d") Duration usage,
    @DefaultValue("10") int fileVersions,
    @DefaultValue("7d") Duration retiredBuilds) {
  public RetentionSettings {
    positive("finished-jobs", finishedJobs);
    positive("responses", responses);
    positive("audit", audit);
    positive("usage", usage);
    positive("retired-builds", retiredBuilds);
    if (fileVersions < 1) {
      throw new IllegalArgumentException("engram.retention.file-versions " + fileVersions + " < 1");
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "engram.retention." + name + " " + value + " is not positive");
    }
  }
}
