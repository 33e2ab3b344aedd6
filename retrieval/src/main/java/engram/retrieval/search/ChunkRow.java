package engram.retrieval.search;

import engram.retrieval.Analysis;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is shown of a chunk, as the database had it.
final class ChunkRow {
  final UUID tenant;
  final long documentId;
  final Source source;
  final String text;
  final String context;
  final int tokens;
  final Map<String, Object> attributes;
  final Set<String> readers;
  final Analysis analysis;
  private volatile @Nullable Words words;

  ChunkRow(
      UUID tenant,
      long documentId,
      Source source,
      String text,
      String context,
      int tokens,
      Map<String, Object> attributes,
      Set<String> readers,
      Analysis analysis) {
    this.tenant = tenant;
    this.documentId = documentId;
    this.source = source;
    this.text = text;
    this.context = context;
    this.tokens = tokens;
    this.attributes = Map.copyOf(attributes);
    this.readers = Set.copyOf(readers);
    this.analysis = analysis;
  }

  /// About what it takes in memory, its words included.
  int bytes() {
    return 600
        + 2 * (text.length() + context.length())
        + 12 * (text.length() / 5)
        + 100 * source.boxes().size();
  }

  /// The chunk's text with what stands above it, as it is indexed.
  String indexed() {
    String head = ChunkFields.head(source.title(), source.headingPath());
    return context.isEmpty() ? head + text : head + context + "\n" + text;
  }

  /// Where words of the queries stand in the text, in order, without overlaps.
  List<Span> highlights(List<QueryTerm> terms) {
    Words now = words;
    if (now == null) {
      // Two threads may do it at once; both get the same.
      now = Words.of(text, analysis);
      words = now;
    }
    return now.spans(terms);
  }

  /// The words of a text by hash, so that a text that is shown often is cut into words once. Two
  /// words with one hash are rarer than 1 in 10^7 texts, and cost a needless highlight.
  ///
  /// `hashes` ascends; `starts` and `ends` go with it.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Words(int[] hashes, int[] starts, int[] ends) {
    static Words of(String text, Analysis analysis) {
      List<TextAnalysis.Word> words = TextAnalysis.words(text, analysis);
      words.sort(Comparator.comparingInt((TextAnalysis.Word word) -> word.term().hashCode()));
      return new Words(
          words.stream().mapToInt(word -> word.term().hashCode()).toArray(),
          words.stream().mapToInt(TextAnalysis.Word::start).toArray(),
          words.stream().mapToInt(TextAnalysis.Word::end).toArray());
    }

    List<Span> spans(List<QueryTerm> terms) {
      List<Span> spans = new ArrayList<>();
      for (QueryTerm term : terms) {
        int hash = term.term().hashCode();
        int at = Arrays.binarySearch(hashes, hash);
        if (at >= 0) {
          while (at > 0 && hashes[at - 1] == hash) {
            at--;
          }
          for (; at < hashes.length && hashes[at] == hash; at++) {
            spans.add(new Span(starts[at], ends[at]));
          }
        }
      }
      return merged(spans);
    }

    private static List<Span> merged(List<Span> spans) {
      if (spans.size() < 2) {
        return spans;
      }
      spans.sort(Comparator.comparingInt(Span::start));
      List<Span> merged = new ArrayList<>(spans.size());
      Span last = spans.getFirst();
      for (Span span : spans.subList(1, spans.size())) {
        if (span.start() < last.end()) {
          last = new Span(last.start(), Math.max(last.end(), span.end()));
        } else {
          merged.add(last);
          last = span;
        }
      }
      merged.add(last);
      return merged;
    }
  }
}
