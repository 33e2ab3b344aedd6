package engram.api.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Loads the sample documents, asks three questions and prints the answers with their citations.
/// Running it again changes nothing and asks again.
final class Demo {
  private static final String COLLECTION = "Halden Instruments (samples)";
  private static final List<String> SAMPLES =
      List.of(
          "employee-handbook.md",
          "travel-policy.docx",
          "hb-200-manual.pdf",
          "price-list-2026.xlsx",
          "incident-2026-03.html",
          "warranty-question.eml",
          "spare-parts.csv",
          "firmware-release-notes.txt",
          "data-retention.json",
          "quarterly-review.pptx",
          "DriftCorrection.java");
  private static final List<String> QUESTIONS =
      List.of(
          "What was the root cause of the telemetry outage?",
          "How many days of paid vacation does an employee have?",
          "Who won the football world cup?");

  private final ServerClient server;
  private final Path keyFile;
  private final PrintStream out;

  Demo(ServerClient server, Path keyFile, PrintStream out) {
    this.server = server;
    this.keyFile = keyFile;
    this.out = out;
  }

  void run() {
    String collection = collection();
    for (int index = 0; index < SAMPLES.size(); index++) {
      String sample = SAMPLES.get(index);
      JsonNode reply =
          server.put(
              "api/collections/"
                  + collection
                  + "/documents/"
                  + ServerClient.encode(sample)
                  + "?refresh=wait",
              "application/octet-stream",
              read(sample));
      JsonNode document = reply.path("document");
      out.printf(
          "  [%2d/%d] %-28s %s%n",
          index + 1,
          SAMPLES.size(),
          sample,
          document.path("status").asString("")
              + ", "
              + document.path("chunk_count").asInt()
              + " chunks");
    }
    QUESTIONS.forEach(question -> ask(collection, question));
    out.printf(
        """

        Ask it something yourself:
          curl -s %sapi/ask -H "Authorization: Bearer $(cat '%s')" \\
            -H 'Content-Type: application/json' \\
            -d '{"collections":["%s"],"question":"How long is parental leave?"}'
        """,
        server.address(), keyFile, collection);
  }

  private String collection() {
    for (JsonNode present : server.get("v1/vector_stores?limit=100").path("data")) {
      if (present.path("name").asString("").equals(COLLECTION)) {
        return present.path("id").asString();
      }
    }
    return server.post("v1/vector_stores", Map.of("name", COLLECTION)).path("id").asString();
  }

  private static byte[] read(String sample) {
    try (InputStream content = Demo.class.getResourceAsStream("/samples/" + sample)) {
      if (content == null) {
        throw new CommandException(
            "The sample " + sample + " is not in this jar; build it with ./engram build.");
      }
      return content.readAllBytes();
    } catch (IOException unreadable) {
      throw new CommandException(
          "The sample " + sample + " cannot be read: " + unreadable.getMessage());
    }
  }

  private void ask(String collection, String question) {
    out.printf("%nQ: %s%n", question);
    JsonNode answer =
        server.post("api/ask", Map.of("question", question, "collections", List.of(collection)));
    out.printf("A (%s): %s%n", answer.path("outcome").asString(), answer.path("text").asString());
    int number = 1;
    for (JsonNode citation : answer.path("citations")) {
      JsonNode source = citation.path("source");
      out.printf(
          "   [%d] %s%n       \"%s\"%n",
          number++, place(source), citation.path("quote").asString());
    }
  }

  private static String place(JsonNode source) {
    int page = source.path("page_from").asInt();
    return "%s, version %d%s, characters %d-%d"
        .formatted(
            source.path("filename").asString(),
            source.path("version").asInt(),
            page > 0 ? ", page " + page : "",
            source.path("span").path("start").asInt(),
            source.path("span").path("end").asInt());
  }
}
