package engram.eval.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.eval.CorpusDocument;
import engram.eval.Dataset;
import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import engram.retrieval.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetTest {
  private static final String QUERIES =
      """
      {"_id": "1", "text": "first?"}
      {"_id": "2", "text": "second?", "answers": ["two"]}
      {"_id": "3", "text": "judged by nobody"}
      """;
  private static final String QRELS = "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n2\td1\t1\n";
  private static final String CORPUS =
      "{\"_id\": \"d1\", \"title\": \"One\", \"text\": \"first\"}\n{\"_id\": \"d2\", \"text\": \"\"}\n";

  @TempDir Path folder;

  @Test
  void aBeirFolderIsRead() throws IOException {
    write("corpus.jsonl", CORPUS);
    write("queries.jsonl", QUERIES);
    write("qrels/test.tsv", QRELS);
    write("qrels/train.tsv", "query-id\tcorpus-id\tscore\n3\td2\t1\n");
    assertBeir(folder);
    assertThat(queries(folder, "train")).extracting(JudgedQuery::id).containsExactly("3");
  }

  @Test
  void aBeirArchiveWithPackedFilesIsReadToo() throws IOException {
    Path zip = folder.resolve("set.zip");
    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
      entry(out, "set/corpus.jsonl.gz", gzip(CORPUS));
      entry(out, "set/queries.jsonl", QUERIES.getBytes(StandardCharsets.UTF_8));
      entry(out, "set/qrels/test.tsv.gz", gzip("\uFEFF" + QRELS.replace("\n", "\r\n")));
    }
    assertBeir(zip);
  }

  private static void assertBeir(Path path) throws IOException {
    List<JudgedQuery> queries = queries(path, "test");
    assertThat(queries)
        .containsExactly(
            new JudgedQuery("1", "first?", Map.of("d1", 2, "d2", 0), List.of()),
            new JudgedQuery("2", "second?", Map.of("d1", 1), List.of("two")));
    try (Dataset dataset = Dataset.open(path, ReadLimits.DEFAULT)) {
      List<CorpusDocument> corpus = new ArrayList<>();
      dataset.corpus(corpus::add);
      assertThat(corpus)
          .containsExactly(
              new CorpusDocument("d1", "One", "first"), new CorpusDocument("d2", "", ""));
    }
  }

  @Test
  void oldTopicsOfTrecAreRead() throws IOException {
    write(
        "topics.301-302",
        """
        <top>

        <num> Number: 301
        <title> International Organized Crime & Law

        <desc> Description:
        Identify organizations.
        </top>
        <TOP><NUM>302</NUM><TITLE>Polio &amp; &lt;Post&gt;</TITLE></TOP>
        """);
    write("qrels.txt", "# judged in 1997\n301 0 FR94-1 1\n301 0 FR94-2 0\n302 0 FR94-1 -1\n");
    assertThat(queries(folder, "test"))
        .containsExactly(
            new JudgedQuery(
                "301",
                "International Organized Crime & Law",
                Map.of("FR94-1", 1, "FR94-2", 0),
                List.of()),
            new JudgedQuery("302", "Polio & <Post>", Map.of("FR94-1", -1), List.of()));
  }

  @Test
  void topicsInXmlAreReadWithoutExpandingAnything() throws IOException {
    write(
        "topics-rnd1.xml",
        """
        <?xml version="1.0"?><!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]>
        <topics task="COVIDSearch">
          <topic number="1">
            <query>coronavirus &x; origin</query>
            <question>what is the origin</question>
          </topic>
        </topics>
        """);
    write("qrels.tsv", "1 0 doc 2\n");
    assertThat(queries(folder, "test").getFirst().text()).isEqualTo("coronavirus &x; origin");
  }

  @Test
  void aTableOfQuestionsIsRead() throws IOException {
    Path table =
        write(
            "questions.csv",
            """
            Question;Document;Grade;Answer
            "How long is ""parental"" leave;
            in weeks?";handbook.md;2;20 weeks
            Who signs?;policy.docx;;
            Who signs?;file-0123;1;the head of finance
            What is the price?;;;12 EUR
            """);
    assertThat(queries(table, "test"))
        .containsExactly(
            new JudgedQuery(
                "q1",
                "How long is \"parental\" leave;\nin weeks?",
                Map.of("handbook.md", 2),
                List.of("20 weeks")),
            new JudgedQuery(
                "q2",
                "Who signs?",
                Map.of("policy.docx", 1, "file-0123", 1),
                List.of("the head of finance")),
            new JudgedQuery("q3", "What is the price?", Map.of(), List.of("12 EUR")));
  }

  @Test
  void mistakesAreToldWithFileAndLine() throws IOException {
    write("queries.jsonl", QUERIES);
    assertRefused("1\td1\t1\n1\td1\t1\nx\td1\t1\n", "qrels.tsv line 3 judges query 'x', which");
    assertRefused("1\td1\t1\n1\td1\t2\n", "line 2 judges document 'd1' for query '1' a second");
    assertRefused("1\td1\tgood\n2\td1\tgood\n", "line 2 has the grade 'good', which is no whole");
    assertRefused("1\td1\t0.5\n", "line 1 has the grade '0.5', which is no whole");
    assertRefused("1 d1 1\n", "line 1 has not the three columns");
    assertRefused("q\td\ts\n", "No query has a judgement");
    assertRefused("x".repeat(10_000), "line 1 is longer than 8192 characters");
    assertRefused("1\t \t1\n", "a document has 1 to 512 printable characters");
    write("queries.jsonl", "{\"_id\": \"1\", \"text\": \"a\"}\n{\"_id\": \"1\", \"text\": \"b\"}");
    assertRefused("1\td1\t1\n", "queries.jsonl line 2 names query '1' a second time");
    write("queries.jsonl", "{\"_id\": \"1\"");
    assertRefused("1\td1\t1\n", "queries.jsonl line 1 is not JSON");
    write("queries.jsonl", "{\"_id\": \"1\", \"text\": 5.5}");
    assertRefused("1\td1\t1\n", "queries.jsonl line 1 has no 'text'");
  }

  private void assertRefused(String qrels, String message) throws IOException {
    write("qrels.tsv", qrels);
    assertThatThrownBy(() -> queries(folder, "test"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "question,document\n\"open,d\n",
        "question,question,document\na,b,c\n",
        "text,label\na,b\n",
        "question,document\n,d\n",
        "question,document\nwhat?,\n",
        ""
      })
  void tablesThatSayNothingAreRefused(String table) throws IOException {
    Path file = write("q.csv", table);
    assertThatThrownBy(() -> queries(file, "test")).isInstanceOf(RefusedException.class);
  }

  @Test
  void topicsWithoutEndAreRefused() throws IOException {
    write("topics.txt", "<top>\n<num> 1\n<top>\n");
    write("qrels.txt", "1 0 d 1\n");
    assertThatThrownBy(() -> queries(folder, "test")).hasMessageContaining("line 1 begins a topic");
    write("topics.txt", "<top>\n<title> a\n</top>\n");
    assertThatThrownBy(() -> queries(folder, "test")).hasMessageContaining("without a number");
  }

  @Test
  void whatUnpacksToMoreThanItMayIsRefused() throws IOException {
    write("queries.jsonl", QUERIES);
    Path qrels = folder.resolve("qrels.tsv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(qrels))) {
      byte[] row = "1\td1\t1\n".repeat(100).getBytes(StandardCharsets.UTF_8);
      for (int count = 0; count < 4_000; count++) {
        out.write(row);
      }
    }
    try (Dataset dataset = Dataset.open(folder, new ReadLimits(1 << 20, 10, 1_000_000))) {
      assertThatThrownBy(() -> dataset.queries("test"))
          .isInstanceOfSatisfying(
              RefusedException.class,
              refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.TOO_LARGE));
    }
    Files.delete(qrels);
    write("qrels.tsv", "1\ta\t1\n1\tb\t1\n1\tc\t1\n");
    try (Dataset dataset = Dataset.open(folder, new ReadLimits(1 << 20, 10, 2))) {
      assertThatThrownBy(() -> dataset.queries("test"))
          .hasMessageContaining("qrels.tsv line 3 is more than the 2 judgements");
    }
  }

  @Test
  void damagedFilesAreRefusedAndNothingElseHappens() throws IOException {
    byte[] packed = gzip(QUERIES);
    Files.write(folder.resolve("queries.jsonl"), java.util.Arrays.copyOf(packed, 40));
    write("qrels.tsv", QRELS);
    assertThatThrownBy(() -> queries(folder, "test")).isInstanceOf(RefusedException.class);

    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      byte[] bytes = (QUERIES + "<top>\"1\t2,3;\n").getBytes(StandardCharsets.UTF_8);
      for (int flip = 0; flip < 5; flip++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      for (String name : List.of("queries.jsonl", "qrels.tsv")) {
        Files.write(folder.resolve(name), bytes);
        try {
          queries(folder, "test");
        } catch (RefusedException refused) {
          assertThat(refused.code()).isEqualTo(FileSet.CODE);
        }
      }
    }
  }

  @Test
  void twoFilesThatCouldBeMeantAreNotGuessedBetween() throws IOException {
    write("a.csv", "query,document\na,b\n");
    write("b.csv", "query,document\na,b\n");
    assertThatThrownBy(() -> queries(folder, "test"))
        .hasMessage("Which file is meant? a.csv, b.csv");
  }

  @Test
  void runsAreOrderedByScoreAndThenByNameFromTheEnd() throws IOException {
    String run =
        """
        1 Q0 b 1 2.5 mine
        1 Q0 a 2 2.5 mine
        1 Q0 é 9 2.5 mine
        1 Q0 c 3 3.0 mine
        2 Q0 a 1 -1e3 mine
        """;
    assertThat(run(run))
        .containsExactly(Map.entry("1", List.of("c", "é", "b", "a")), Map.entry("2", List.of("a")));
    assertThatThrownBy(() -> run("1 Q0 a 1 1 x\n1 Q0 a 2 1 x\n"))
        .hasMessageContaining("run line 2 ranks document 'a' a second time");
    assertThatThrownBy(() -> run("1 Q0 a 1 NaN x\n")).hasMessageContaining("run line 1");
    assertThatThrownBy(() -> run("1 a 1\n")).hasMessageContaining("six columns");
  }

  private static Map<String, List<String>> run(String text) throws IOException {
    return TrecRun.read("run", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<JudgedQuery> queries(Path path, String split) throws IOException {
    try (Dataset dataset = Dataset.open(path, ReadLimits.DEFAULT)) {
      return dataset.queries(split);
    }
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static byte[] gzip(String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
    out.closeEntry();
  }
}
