package engram.eval.read;

import engram.eval.CorpusDocument;
import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The layout of the BEIR benchmark (Thakur et al., NeurIPS 2021): `queries.jsonl` and
/// `corpus.jsonl` with `_id`, `title`, `text`, and judgements of three columns with a head.
public final class BeirFormat {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final FileSet files;
  private final ReadLimits limits;

  public BeirFormat(FileSet files, ReadLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  public static boolean hasCorpus(FileSet files) {
    return corpusFile(files).isPresent();
  }

  private static Optional<String> corpusFile(FileSet files) {
    return files.find(name -> name.equals("corpus.jsonl"));
  }

  public List<JudgedQuery> queries(String split) throws IOException {
    Judgements judgements = new Judgements(limits);
    String queries =
        one("queries", "queries.jsonl", split, ".jsonl")
            .orElseThrow(() ->
                FileSet.invalid(
                    "There is no judged set here: neither queries.jsonl with qrels (BEIR), nor"
                        + " topics with qrels (TREC), nor one .csv."));
    try (Lines lines = files.lines(queries)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (!line.isBlank()) {
          JsonNode query = object(line, lines);
          judgements.query(text(query, "_id", lines), text(query, "text", lines), lines);
          answers(query, judgements, lines);
        }
      }
    }
    String qrels =
        files
            .findIn("qrels", split + ".tsv")
            .or(() -> one("qrels", "qrels.tsv", split, ".tsv"))
            .orElseThrow(() ->
                FileSet.invalid("There are no judgements: qrels/" + split + ".tsv or qrels.tsv."));
    judge(qrels, judgements);
    return judgements.queries(false);
  }

  /// The file with the plain name, that of the split, or the only one that begins so.
  private Optional<String> one(String begin, String plain, String split, String end) {
    return files
        .find(name -> name.equals(plain))
        .or(() -> files.find(name -> name.equals(begin + "." + split + end)))
        .or(() -> files.find(name -> name.startsWith(begin) && name.endsWith(end)));
  }

  private static void answers(JsonNode query, Judgements judgements, Lines lines) {
    JsonNode answers = query.path("answers");
    if (answers.isArray()) {
      String id = text(query, "_id", lines);
      for (JsonNode answer : answers) {
        if (!answer.isString()) {
          throw lines.wrong("has an answer that is no string");
        }
        judgements.answer(id, answer.stringValue());
      }
    }
  }

  private void judge(String file, Judgements judgements) throws IOException {
    try (Lines lines = files.lines(file)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        String[] cells = lines.checked(line, Lines.ROW_CHARS_MAX).split("\t", -1);
        boolean head = lines.number() == 1 && cells.length >= 3 && !isNumber(cells[2]);
        if (!head && !line.isBlank()) {
          if (cells.length < 3) {
            throw lines.wrong("has not the three columns query-id, corpus-id, score, by tabs");
          }
          judgements.judge(
              cells[0].strip(), cells[1].strip(), Judgements.grade(cells[2], lines), lines);
        }
      }
    }
  }

  private static boolean isNumber(String text) {
    return text.strip().matches("[-+]?[0-9.]+");
  }

  public void corpus(Consumer<CorpusDocument> each) throws IOException {
    String corpus =
        corpusFile(files).orElseThrow(() -> FileSet.invalid("There is no corpus.jsonl."));
    try (Lines lines = files.lines(corpus)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (!line.isBlank()) {
          JsonNode document = object(line, lines);
          each.accept(
              document(
                  text(document, "_id", lines),
                  document.path("title").asString(""),
                  document.path("text").asString(""),
                  lines));
        }
      }
    }
  }

  private static CorpusDocument document(String id, String title, String text, Lines lines) {
    try {
      return new CorpusDocument(id, title, text);
    } catch (IllegalArgumentException refused) {
      throw lines.wrong("has no usable _id: " + refused.getMessage());
    }
  }

  private static JsonNode object(String line, Lines lines) {
    try {
      JsonNode node = JSON.readTree(line);
      if (node.isObject()) {
        return node;
      }
    } catch (JacksonException notJson) {
      throw lines.wrong("is not JSON");
    }
    throw lines.wrong("is no JSON object");
  }

  private static String text(JsonNode node, String field, Lines lines) {
    JsonNode value = node.path(field);
    if (value.isString() || value.isIntegralNumber()) {
      return value.asString();
    }
    throw lines.wrong("has no '" + field + "'");
  }
}
