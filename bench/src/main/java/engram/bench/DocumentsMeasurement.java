package engram.bench;

import engram.system.DocumentsScenario;
import engram.system.PublicData;
import engram.system.RunningServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// All documents of two public parser test sets by one batch.
final class DocumentsMeasurement {
  private DocumentsMeasurement() {}

  static void run(Report report) {
    Optional<Path> tika = PublicData.find("docs-tika");
    Optional<Path> docling = PublicData.find("docs-docling");
    if (tika.isEmpty() || docling.isEmpty()) {
      for (String key :
          List.of(
              "documents_total", "documents_strings_found", "documents_that_stopped_the_batch")) {
        report.value(key, "data absent");
      }
      report.section("Documents", "The public document sets are absent: not measured.");
      return;
    }
    try (RunningServer server = RunningServer.start()) {
      write(report, DocumentsScenario.run(server, tika.get(), docling.get()));
    }
  }

  private static void write(Report report, DocumentsScenario.Result result) {
    report.value("documents_total", result.documents());
    report.value("documents_completed", result.completed());
    report.value("documents_failed_with_reason", result.failed().size());
    report.value("documents_strings_required", result.stringsRequired());
    report.value("documents_strings_found", result.stringsFound());
    report.value("documents_word_recall", result.words());
    report.value("documents_that_stopped_the_batch", result.unfinished().size());
    report.value("documents_peak_rss_mb", result.peakResidentBytes() / 1e6);
    String missing =
        result.missing().entrySet().stream()
            .map(entry ->
                "| `"
                    + entry.getKey()
                    + "` | "
                    + entry.getValue().stream()
                        .map(text -> "`" + text.replace("|", "\\|").replace("\n", " ") + "`")
                        .collect(Collectors.joining(", "))
                    + " |\n")
            .collect(Collectors.joining());
    String failed =
        result.failed().entrySet().stream()
            .map(entry ->
                "| `"
                    + entry.getKey()
                    + "` | "
                    + entry.getValue().replace("|", "\\|").replace("\n", " ")
                    + " |\n")
            .collect(Collectors.joining());
    report.section(
        "Documents",
        """
        %d documents of Apache Tika's and Docling's tests, real and awkward, by one batch: %d completed, \
        %d failed with a reason, %d stopped the batch. %d of %d strings that Tika's tests require are in \
        the extracted text; %.1f %% of the words of Docling's reference Markdown are. %d s; the server, its \
        parsers and its database held at most %.0f MB.

        Strings not found (the test sources were read mechanically: some are exception messages, metadata \
        or markup, which are no text of the document):

        | file | missing |
        |---|---|
        %s
        Failed, as people read it:

        | file | reason |
        |---|---|
        %s\
        """
            .formatted(
                result.documents(),
                result.completed(),
                result.failed().size(),
                result.unfinished().size(),
                result.stringsFound(),
                result.stringsRequired(),
                100 * result.words(),
                result.took().toSeconds(),
                result.peakResidentBytes() / 1e6,
                missing,
                failed));
  }
}
