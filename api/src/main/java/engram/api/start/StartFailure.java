package engram.api.start;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;

/// Writes what is wrong and what to do about it on one line.
public final class StartFailure implements FailureAnalysisReporter {
  /// The launcher looks for it.
  static final String MARK = "engram: ";

  @Override
  public void report(FailureAnalysis analysis) {
    String what = line(analysis.getDescription());
    String cure = line(analysis.getAction());
    System.err.println(MARK + what + (cure.isEmpty() ? "" : " " + cure));
  }

  private static String line(@Nullable String text) {
    return text == null ? "" : text.strip().replaceAll("\\s+", " ");
  }
}
