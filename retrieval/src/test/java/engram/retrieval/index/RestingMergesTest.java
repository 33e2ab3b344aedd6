package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.Test;

class RestingMergesTest {
  private final Random random = new Random(5);

  @Test
  void anIndexThatRestsBecomesOneSegment() throws IOException {
    try (Index index = new Index(RestingMerges.MERGED_BYTES_MAX)) {
      index.segment(500);
      index.segment(300);
      index.segment(200);
      index.segment(100);
      assertThat(index.sizesAtRest()).containsExactly(1_100);
    }
  }

  @Test
  void aSegmentThatDwarfsTheRestWaitsUntilAnEighthHasComeBesideIt() throws IOException {
    try (Index index = new Index(RestingMerges.MERGED_BYTES_MAX)) {
      index.segment(10_000);
      index.segment(300);
      index.segment(300);
      assertThat(index.sizesAtRest()).containsExactlyInAnyOrder(10_000, 600);
      index.segment(1_200);
      assertThat(index.sizesAtRest()).containsExactly(11_800);
    }
  }

  @Test
  void noSegmentGrowsBeyondTheBound() throws IOException {
    try (Index index = new Index(40 << 10)) {
      for (int i = 0; i < 6; i++) {
        index.segment(600);
        index.sizesAtRest();
      }
      assertThat(index.bytes()).isGreaterThan(80 << 10);
      assertThat(index.largestBytes()).isLessThan(44 << 10);
    }
  }

  @Test
  void aLargeMergeWaitsLongerThanASmallOne() {
    Duration moment = Duration.ofSeconds(1);
    assertThat(RestingMerges.isDue(60L << 20, moment)).isTrue();
    assertThat(RestingMerges.isDue(2L << 30, moment)).isFalse();
    assertThat(RestingMerges.isDue(2L << 30, Duration.ofSeconds(40))).isTrue();
  }

  /// Of chunks that are all alike, so that sizes follow counts.
  private final class Index implements AutoCloseable {
    private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
    private final IndexWriter writer;

    Index(long mergedBytesMax) throws IOException {
      writer =
          new IndexWriter(
              directory, new IndexWriterConfig().setMergePolicy(new RestingMerges(mergedBytesMax)));
    }

    void segment(int chunks) throws IOException {
      for (int i = 0; i < chunks; i++) {
        Document chunk = new Document();
        chunk.add(new StringField("id", Long.toHexString(random.nextLong()), Field.Store.YES));
        writer.addDocument(chunk);
      }
      writer.flush();
    }

    int[] sizesAtRest() throws IOException {
      writer.forceMerge(1, true);
      writer.commit();
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        return reader.leaves().stream().mapToInt(leaf -> leaf.reader().maxDoc()).toArray();
      }
    }

    long bytes() throws IOException {
      long bytes = 0;
      for (String file : directory.listAll()) {
        bytes += directory.fileLength(file);
      }
      return bytes;
    }

    long largestBytes() throws IOException {
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        long largest = 0;
        for (LeafReaderContext leaf : reader.leaves()) {
          largest =
              Math.max(largest, ((SegmentReader) leaf.reader()).getSegmentInfo().sizeInBytes());
        }
        return largest;
      }
    }

    @Override
    public void close() throws IOException {
      writer.close();
      directory.close();
    }
  }
}
