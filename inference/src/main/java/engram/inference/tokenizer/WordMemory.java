package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.IdList;
import engram.inference.tokenizer.segment.Segmenter;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Remembers the pieces of short words seen lately; most words of a text were seen before.
///
/// One slot per hash, and the later word stays: a lookup is one comparison, and memory is bounded
/// by about 4 MB. Threads may overwrite each other's words, which costs time and nothing else.
final class WordMemory {
  private static final int SLOTS = 1 << 14;
  private static final int MAX_CHARACTERS = 32;

  private final Segmenter segmenter;
  private final AtomicReferenceArray<@Nullable Entry> slots = new AtomicReferenceArray<>(SLOTS);

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(String word, int[] ids) {}

  WordMemory(Segmenter segmenter) {
    this.segmenter = segmenter;
  }

  void segment(String text, int start, int end, IdList ids) {
    int length = end - start;
    if (length > MAX_CHARACTERS) {
      segmenter.segment(text.substring(start, end), ids);
      return;
    }
    int hash = length;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    int slot = (hash * 0x9E3779B9) >>> 18;
    Entry entry = slots.getPlain(slot);
    if (entry != null && entry.word.length() == length && text.startsWith(entry.word, start)) {
      ids.addAll(entry.ids);
      return;
    }
    String word = text.substring(start, end);
    int before = ids.size();
    segmenter.segment(word, ids);
    // Released, so that another thread sees a whole entry.
    slots.setRelease(slot, new Entry(word, ids.toArray(before)));
  }
}
