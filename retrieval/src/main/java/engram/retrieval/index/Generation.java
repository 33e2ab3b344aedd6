package engram.retrieval.index;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LRUQueryCache;
import org.apache.lucene.search.QueryCache;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/// One folder with one Lucene index, which says in every commit from which database it came and how
/// far it has followed it.
///
/// Threads: one writer at a time ([LuceneIndex] sees to it), any number of readers.
final class Generation implements Closeable {
  /// Grows whenever an index of before would answer differently from one built now.
  static final String FORMAT = "6";

  private static final String FORMAT_KEY = "engram.format";
  private static final String DATABASE_KEY = "engram.database_id";
  private static final String SEQ_KEY = "engram.seq";

  private final Path folder;
  private final UUID databaseId;
  private final Directory directory;
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private long seq;
  private long committedSeq;
  private volatile long visibleSeq;

  private Generation(Path folder, UUID databaseId, Directory directory, IndexWriter writer)
      throws IOException {
    this.folder = folder;
    this.databaseId = databaseId;
    this.directory = directory;
    this.writer = writer;
    this.searchers = new SearcherManager(writer, new SearcherFactory());
  }

  /// An empty index that has followed the database up to `seq`.
  static Generation create(Path folder, IndexSettings settings, UUID databaseId, long seq)
      throws IOException {
    Directory directory = FSDirectory.open(folder);
    IndexWriterConfig config = config(settings).setOpenMode(IndexWriterConfig.OpenMode.CREATE);
    Generation created =
        new Generation(folder, databaseId, directory, new IndexWriter(directory, config));
    created.seq = seq;
    created.committedSeq = -1;
    created.commit();
    created.visibleSeq = seq;
    return created;
  }

  /// The index as it was last committed.
  ///
  /// @throws UnusableIndexException if it is damaged, of another format or of another database
  static Generation open(Path folder, IndexSettings settings, UUID databaseId)
      throws IOException, UnusableIndexException {
    Directory directory = FSDirectory.open(folder);
    try {
      Map<String, String> said = readCommit(directory, settings);
      if (!FORMAT.equals(said.get(FORMAT_KEY))) {
        throw new UnusableIndexException(
            "it has format " + said.get(FORMAT_KEY) + ", and this version writes " + FORMAT);
      }
      if (!databaseId.toString().equals(said.get(DATABASE_KEY))) {
        throw new UnusableIndexException("it was built from another database");
      }
      IndexWriterConfig config = config(settings).setOpenMode(IndexWriterConfig.OpenMode.APPEND);
      Generation opened =
          new Generation(folder, databaseId, directory, new IndexWriter(directory, config));
      opened.seq = Long.parseLong(said.get(SEQ_KEY));
      opened.committedSeq = opened.seq;
      opened.visibleSeq = opened.seq;
      return opened;
    } catch (IOException | IllegalArgumentException | UnusableIndexException e) {
      directory.close();
      throw e instanceof UnusableIndexException unusable
          ? unusable
          : new UnusableIndexException("it cannot be read: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> readCommit(Directory directory, IndexSettings settings)
      throws IOException, UnusableIndexException {
    if (!DirectoryReader.indexExists(directory)) {
      throw new UnusableIndexException("there is no commit in it");
    }
    Map<String, String> said;
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      said = Map.copyOf(reader.getIndexCommit().getUserData());
    }
    if (bytes(directory) <= settings.checkedBytesMax()) {
      try (CheckIndex check = new CheckIndex(directory)) {
        check.setLevel(CheckIndex.Level.MIN_LEVEL_FOR_CHECKSUM_CHECKS);
        check.setInfoStream(null);
        if (!check.checkIndex().clean) {
          throw new UnusableIndexException("its files do not match their checksums");
        }
      }
    }
    return said;
  }

  private static IndexWriterConfig config(IndexSettings settings) {
    // Closing without a commit must leave what the last commit left, as a kill would.
    return new IndexWriterConfig()
        .setCodec(codec(settings))
        .setCommitOnClose(false)
        .setMergePolicy(new RestingMerges(RestingMerges.MERGED_BYTES_MAX))
        .setRAMBufferSizeMB(settings.ramBufferBytes() / (1024.0 * 1024));
  }

  private static Codec codec(IndexSettings settings) {
    KnnVectorsFormat vectors = new VectorsFormat(settings.graphFrom());
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return vectors;
      }
    };
  }

  static QueryCache filterCache(IndexSettings settings) {
    return new LRUQueryCache(1_000, settings.filterCacheBytes());
  }

  /// Adds a chunk or replaces it. Searches see it after [#publish].
  void put(IndexedChunk chunk) throws IOException {
    writer.updateDocument(ChunkFields.chunkTerm(chunk.id()), ChunkFields.document(chunk));
  }

  void removeChunk(long chunkId) throws IOException {
    writer.deleteDocuments(ChunkFields.chunkTerm(chunkId));
  }

  void removeDocument(long documentId) throws IOException {
    writer.deleteDocuments(ChunkFields.documentTerm(documentId));
  }

  /// Makes everything up to a change visible to searches at once.
  void publish(long upTo) throws IOException {
    seq = upTo;
    searchers.maybeRefreshBlocking();
    visibleSeq = upTo;
  }

  /// For an index that rests: starts the merge of its segments once it has rested for long enough,
  /// and shows the one that has ended since.
  void rest(Duration rested) throws IOException {
    boolean current;
    long scatteredBytes = 0;
    IndexSearcher searcher = searchers.acquire();
    try {
      current = ((DirectoryReader) searcher.getIndexReader()).isCurrent();
      for (SegmentCommitInfo segment :
          RestingMerges.together(segments(searcher), RestingMerges.MERGED_BYTES_MAX)) {
        scatteredBytes += segment.sizeInBytes();
      }
    } finally {
      searchers.release(searcher);
    }
    if (!current) {
      searchers.maybeRefreshBlocking();
      commit(); // or the next start would have to merge again
    } else if (scatteredBytes > 0 && RestingMerges.isDue(scatteredBytes, rested)) {
      writer.forceMerge(1, false);
    }
  }

  private static List<SegmentCommitInfo> segments(IndexSearcher searcher) {
    List<SegmentCommitInfo> segments = new ArrayList<>();
    for (LeafReaderContext leaf : searcher.getLeafContexts()) {
      segments.add(((SegmentReader) leaf.reader()).getSegmentInfo());
    }
    return segments;
  }

  /// Makes what was published durable; also what a rebuild copied or a merge made, for which no
  /// change has a number.
  void commit() throws IOException {
    if (committedSeq != seq || writer.hasUncommittedChanges()) {
      Map<String, String> says = new HashMap<>();
      says.put(FORMAT_KEY, FORMAT);
      says.put(DATABASE_KEY, databaseId.toString());
      says.put(SEQ_KEY, Long.toString(seq));
      writer.setLiveCommitData(says.entrySet());
      writer.commit();
      committedSeq = seq;
    }
  }

  IndexSearcher acquire() throws IOException {
    return searchers.acquire();
  }

  void release(IndexSearcher searcher) throws IOException {
    searchers.release(searcher);
  }

  Path folder() {
    return folder;
  }

  UUID databaseId() {
    return databaseId;
  }

  long visibleSeq() {
    return visibleSeq;
  }

  long committedSeq() {
    return committedSeq;
  }

  boolean writable() {
    return writer.isOpen();
  }

  long bytes() throws IOException {
    return bytes(directory);
  }

  private static long bytes(Directory directory) throws IOException {
    long bytes = 0;
    for (String file : directory.listAll()) {
      bytes += lengthOrZero(directory, file);
    }
    return bytes;
  }

  private static long lengthOrZero(Directory directory, String file) throws IOException {
    try {
      return directory.fileLength(file);
    } catch (NoSuchFileException e) {
      return 0; // a merge removed it since it was listed
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

  /// The index in this folder cannot go on and has to be built anew.
  static final class UnusableIndexException extends Exception {
    UnusableIndexException(String why) {
      super(why);
    }

    UnusableIndexException(String why, Exception cause) {
      super(why, cause);
    }
  }

  static boolean isDamage(IOException e) {
    return e instanceof CorruptIndexException;
  }
}
