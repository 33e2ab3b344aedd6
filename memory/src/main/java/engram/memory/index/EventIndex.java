package engram.memory.index;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One folder with a Lucene index. How far it follows each tenant's log is a document of its own
/// per tenant, written together with the events: a commit has both or neither.
///
/// Threads: one writer at a time, any number of readers.
final class EventIndex implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(EventIndex.class);

  /// Grows whenever an index of before would answer differently from one built now.
  private static final String FORMAT = "2";

  private static final String FORMAT_KEY = "engram.memory.format";
  private static final String DATABASE_KEY = "engram.database_id";
  private static final String VECTORS_KEY = "engram.vectors";
  private static final double RAM_BUFFER_MB = 64;

  /// One is enough unless a merge was running, and nobody writes meanwhile.
  private static final int SCRUB_ROUNDS_MAX = 10;

  private final Directory directory;
  private final IndexWriter writer;
  private final ConcurrentMergeScheduler merges;
  private final SearcherManager searchers;
  private final Map<String, String> says;
  private final Map<UUID, Long> applied = new ConcurrentHashMap<>();

  /// Statistics are the owner's, not those of the index: what a word weighs is worked out by the
  /// search and given as the query's boost.
  static final class OwnersStatistics extends BM25Similarity {
    OwnersStatistics() {
      super(1.2f, 0.75f);
    }

    @Override
    protected float idf(long docFreq, long docCount) {
      return 1;
    }
  }

  private EventIndex(
      Directory directory,
      IndexWriter writer,
      ConcurrentMergeScheduler merges,
      Map<String, String> says)
      throws IOException {
    this.directory = directory;
    this.writer = writer;
    this.merges = merges;
    this.says = says;
    this.searchers =
        new SearcherManager(
            writer,
            new SearcherFactory() {
              @Override
              public IndexSearcher newSearcher(
                  org.apache.lucene.index.IndexReader reader,
                  org.apache.lucene.index.@Nullable IndexReader previous) {
                IndexSearcher searcher = new IndexSearcher(reader);
                searcher.setSimilarity(new OwnersStatistics());
                return searcher;
              }
            });
  }

  /// The index in the folder, or an empty one where it cannot be used: damaged, of another format,
  /// of another database, or with vectors of another model.
  static EventIndex open(Path folder, UUID databaseId, String vectors) {
    return open(folder, databaseId, vectors, ConcurrentMergeScheduler::new);
  }

  /// @param schedulers of merges, a new one for each index that is opened
  static EventIndex open(
      Path folder, UUID databaseId, String vectors, Supplier<ConcurrentMergeScheduler> schedulers) {
    Map<String, String> says =
        Map.of(FORMAT_KEY, FORMAT, DATABASE_KEY, databaseId.toString(), VECTORS_KEY, vectors);
    try {
      Files.createDirectories(folder);
      try {
        return opened(folder, says, schedulers.get());
      } catch (IOException | IllegalArgumentException unusable) {
        LOG.warn("The memory index in {} is built anew: {}", folder, unusable.getMessage());
      }
      clear(folder);
      return opened(folder, says, schedulers.get());
    } catch (IOException e) {
      throw new UncheckedIOException("The memory index in " + folder + " cannot be opened", e);
    }
  }

  private static EventIndex opened(
      Path folder, Map<String, String> says, ConcurrentMergeScheduler merges) throws IOException {
    Directory directory = FSDirectory.open(folder);
    @Nullable IndexWriter writer = null;
    boolean usable = false;
    try {
      if (DirectoryReader.indexExists(directory)) {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          if (!reader.getIndexCommit().getUserData().equals(says)) {
            throw new IOException("it says " + reader.getIndexCommit().getUserData());
          }
        }
      }
      // Closing without a commit must leave what the last commit left, as a kill would.
      writer =
          new IndexWriter(
              directory,
              new IndexWriterConfig()
                  .setSimilarity(new OwnersStatistics())
                  .setCodec(EventVectors.codec())
                  .setCommitOnClose(false)
                  .setMergeScheduler(merges)
                  // An erasure leaves no segment with anything that was removed, however little.
                  .setMergePolicy(new TieredMergePolicy().setForceMergeDeletesPctAllowed(0))
                  .setRAMBufferSizeMB(RAM_BUFFER_MB));
      EventIndex index = new EventIndex(directory, writer, merges, says);
      index.readHeads();
      usable = true;
      return index;
    } finally {
      if (!usable) {
        if (writer != null) {
          writer.rollback();
        }
        directory.close();
      }
    }
  }

  /// Empties a folder in which no index is open.
  static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void readHeads() throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      StoredFields stored = searcher.storedFields();
      for (LeafReaderContext leaf : searcher.getLeafContexts()) {
        var postings = leaf.reader().terms(EventFields.HEAD);
        if (postings == null) {
          continue;
        }
        Bits live = leaf.reader().getLiveDocs();
        var terms = postings.iterator();
        while (terms.next() != null) {
          var docs = terms.postings(null);
          while (docs.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
            if (live == null || live.get(docs.docID())) {
              Document head = stored.document(leaf.docBase + docs.docID());
              applied.put(
                  UUID.fromString(head.get(EventFields.HEAD)),
                  Long.valueOf(head.get(EventFields.APPLIED)));
            }
          }
        }
      }
    } finally {
      searchers.release(searcher);
    }
  }

  long applied(UUID tenant) {
    return applied.getOrDefault(tenant, 0L);
  }

  void put(UUID tenant, long seq, Document event) throws IOException {
    writer.updateDocument(EventFields.id(tenant, seq), event);
  }

  void remove(UUID tenant, long seq) throws IOException {
    writer.deleteDocuments(EventFields.id(tenant, seq));
  }

  /// Makes what was put and removed visible at once, as the log's state up to a number.
  void publish(Map<UUID, Long> heads) throws IOException {
    for (Map.Entry<UUID, Long> head : heads.entrySet()) {
      String tenant = head.getKey().toString();
      Document document = new Document();
      document.add(new StringField(EventFields.HEAD, tenant, Field.Store.YES));
      document.add(new StoredField(EventFields.APPLIED, Long.toString(head.getValue())));
      writer.updateDocument(new Term(EventFields.HEAD, tenant), document);
    }
    searchers.maybeRefreshBlocking();
    applied.putAll(heads);
  }

  void commit() throws IOException {
    if (writer.hasUncommittedChanges()) {
      writer.setLiveCommitData(new HashMap<>(says).entrySet());
      writer.commit();
    }
  }

  /// Writes the index without what was removed from it, so that no file has a word of it left.
  ///
  /// A merge that runs already keeps what is removed meanwhile, hidden, and Lucene leaves what is
  /// being merged alone. So such merges are waited for, until nothing is hidden any more.
  void scrub() throws IOException {
    int rounds = 0;
    do {
      if (rounds++ == SCRUB_ROUNDS_MAX) {
        throw new IOException(
            "after %d rounds the index still has what was removed".formatted(SCRUB_ROUNDS_MAX));
      }
      merges.sync();
      writer.forceMergeDeletes(true);
      commit();
    } while (writer.hasDeletions());
    writer.deleteUnusedFiles();
    searchers.maybeRefreshBlocking();
    writer.deleteUnusedFiles();
  }

  IndexSearcher acquire() throws IOException {
    return searchers.acquire();
  }

  void release(IndexSearcher searcher) throws IOException {
    searchers.release(searcher);
  }

  long count() throws IOException {
    IndexSearcher searcher = acquire();
    try {
      return (long) searcher.getIndexReader().numDocs() - applied.size();
    } finally {
      release(searcher);
    }
  }

  /// Leaves on disk what the last commit left.
  @Override
  public void close() throws IOException {
    try {
      searchers.close();
    } finally {
      try {
        writer.rollback();
      } finally {
        directory.close();
      }
    }
  }
}
