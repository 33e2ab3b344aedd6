package engram.bench;

import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;

/// The nearest chunks by comparing all.
final class ExactNearest {
  private final List<Chunk> chunks;
  private final float[][] vectors;

  ExactNearest(List<Chunk> chunks, float[][] vectors) {
    this.chunks = chunks;
    this.vectors = vectors;
  }

  /// @return for each query and share the ids of the `count` nearest that it may read
  List<Map<Share, Set<Long>>> of(List<float[]> queries, int count) {
    return IntStream.range(0, queries.size())
        .parallel()
        .mapToObj(query -> nearest(queries.get(query), count))
        .toList();
  }

  private record Near(int chunk, float cosine) {}

  private Map<Share, Set<Long>> nearest(float[] query, int count) {
    Map<Share, Best> best = new EnumMap<>(Share.class);
    for (Share share : Share.values()) {
      best.put(share, new Best(count));
    }
    for (int chunk = 0; chunk < vectors.length; chunk++) {
      Near near = new Near(chunk, SentenceVectors.dot(query, vectors[chunk]));
      int document = chunks.get(chunk).document();
      best.forEach((share, of) -> {
        if (share.reads(document)) {
          of.offer(near);
        }
      });
    }
    Map<Share, Set<Long>> ids = new EnumMap<>(Share.class);
    best.forEach((share, of) -> ids.put(share, ids(of)));
    return ids;
  }

  private Set<Long> ids(Best best) {
    Set<Long> ids = new HashSet<>();
    best.queue.forEach(near -> ids.add(chunks.get(near.chunk()).id()));
    return ids;
  }

  private static final class Best {
    private final int count;
    private final PriorityQueue<Near> queue =
        new PriorityQueue<>(Comparator.comparingDouble(Near::cosine));

    Best(int count) {
      this.count = count;
    }

    void offer(Near near) {
      queue.add(near);
      if (queue.size() > count) {
        queue.poll();
      }
    }
  }
}
