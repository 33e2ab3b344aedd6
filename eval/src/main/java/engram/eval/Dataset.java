package engram.eval;

import engram.eval.read.BeirFormat;
import engram.eval.read.CsvFormat;
import engram.eval.read.FileSet;
import engram.eval.read.TrecFormat;
import engram.retrieval.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Queries with judgements, and where it has them documents, in a folder, a zip archive or a single
/// file. What it finds says the format:
///
/// - BEIR: `queries.jsonl`, `qrels/<split>.tsv` or `qrels.tsv`, `corpus.jsonl`;
/// - TREC: topics (`*topics*`, old SGML or XML), judgements (`*qrels*`, four columns);
/// - CSV: one `.csv` with the columns `query`, `document`, `grade`, and `query_id` and `answer`
///   where there are such.
///
/// Every file may be packed by gzip. What is wrong is refused with file and line
/// ([RefusedException], code `judged_set_invalid`); nothing is guessed. One thread at a time.
public final class Dataset implements AutoCloseable {
  private final FileSet files;
  private final ReadLimits limits;

  private Dataset(FileSet files, ReadLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  /// @param path a folder, a zip archive, or one file of CSV
  /// @throws RefusedException if there is nothing that can be read
  public static Dataset open(Path path, ReadLimits limits) throws IOException {
    return new Dataset(FileSet.of(path, limits.bytesMax()), limits);
  }

  /// The queries that have a judgement (in a table: or an answer), in the order of their file.
  ///
  /// @param split which part where there are several, such as `test`
  public List<JudgedQuery> queries(String split) throws IOException {
    if (CsvFormat.isIn(files)) {
      return new CsvFormat(files, limits).queries();
    }
    if (TrecFormat.isIn(files)) {
      return new TrecFormat(files, limits).queries();
    }
    return new BeirFormat(files, limits).queries(split);
  }

  public boolean hasCorpus() {
    return BeirFormat.hasCorpus(files);
  }

  /// Hands over every document of the corpus, one after the other.
  public void corpus(Consumer<CorpusDocument> each) throws IOException {
    new BeirFormat(files, limits).corpus(each);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
