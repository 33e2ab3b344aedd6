package engram.retrieval.search;

import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import engram.retrieval.search.Candidates.Candidate;
import engram.retrieval.search.Ranker.Scored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.jspecify.annotations.Nullable;

/// Further chunks that a hit leads to by the names in it: a question about "the institute that owns
/// The Collegian" finds The Collegian, which names the institute, whose own page has the answer.
///
/// A name leads to the chunks of whose title or heading it is the whole, and, more weakly, to those
/// that mention it beside words of the query that the first hit lacks. A bridge is worth
///
/// `score(from) / score(best) * link * min(1, (NAME_SHARE * idf(name) + bm25(missing)) / most)`
///
/// where `link` is the share of the title that the name is (0 below [#TITLE_SHARE_MIN]), or
/// [#MENTION_LINK]. The chunk then scores `own + (1 - own) * min(1, GAIN * bridge)`.
///
/// This is the retrieval side of iterative multi-hop answering (Trivedi et al., "Interleaving
/// Retrieval with Chain-of-Thought Reasoning", ACL 2023) with names for the model's thoughts, as
/// entity links are used by HippoRAG (Gutiérrez et al., NeurIPS 2024), without a graph. Constants
/// were chosen on half of the questions of MuSiQue and HotpotQA: see docs/methods.md.
final class SecondHop {
  /// Hits whose names are followed in a hop.
  static final int FROM = 8;

  private static final double GAIN = 1.4;
  private static final double NAME_SHARE = 0.5;
  private static final double MENTION_LINK = 0.3;
  private static final double TITLE_SHARE_MIN = 0.4;
  private static final int CHUNKS_PER_NAME = 5;

  /// How a chunk was reached.
  ///
  /// @param worth in `[0, 1]`
  /// @param alone what it would be worth if nothing had led to the hit that it begins at
  /// @param before what led to that hit; null where nothing did
  record Bridge(
      String name,
      @Nullable String from,
      int hop,
      double worth,
      double alone,
      @Nullable Bridge before) {
    /// What it adds to the chunk's own score.
    double gain(double own) {
      return gain(own, worth);
    }

    /// What it would add without the hops before it.
    double gainAlone(double own) {
      return gain(own, alone);
    }

    private static double gain(double own, double worth) {
      return (1 - own) * Math.min(1, GAIN * worth);
    }
  }

  /// A chunk at the other side.
  record Reached(Candidate candidate, Bridge bridge) {}

  /// Looks up rows that the caller may read.
  interface Rows {
    Map<Long, ChunkRow> of(List<Candidate> candidates);
  }

  private final IndexSearcher searcher;
  private final LexicalQuery query;
  private final int place;
  private final @Nullable Query permitted;
  private final Rows rows;

  SecondHop(
      IndexSearcher searcher, LexicalQuery query, int place, @Nullable Query permitted, Rows rows) {
    this.searcher = searcher;
    this.query = query;
    this.place = place;
    this.permitted = permitted;
    this.rows = rows;
  }

  /// A chunk that a name may lead to; what it is worth depends on its title.
  private record Lead(Candidate candidate, String name, List<String> words, boolean byTitle) {}

  /// @param best the best hit's score
  List<Reached> from(Scored from, ChunkRow row, double best, int hop) throws IOException {
    if (query.most() == 0) {
      return List.of(); // no words, no evidence
    }
    Set<String> known = new HashSet<>();
    TextAnalysis.words(row.indexed(), row.analysis).forEach(word -> known.add(word.term()));
    Set<String> asked = new HashSet<>();
    Set<String> missing = new HashSet<>();
    for (QueryTerm term : query.terms()) {
      asked.add(term.term());
      if (!known.contains(term.term())) {
        missing.add(term.term());
      }
    }
    List<Lead> leads = new ArrayList<>();
    for (Map.Entry<String, List<String>> name : Names.in(row).entrySet()) {
      // What the query says itself was looked for already.
      if (!asked.containsAll(name.getValue()) && !searcher.timedOut()) {
        follow(name.getKey(), name.getValue(), missing, leads);
      }
    }
    leads.removeIf(lead -> lead.candidate().chunkId() == from.candidate().chunkId());
    Map<Long, ChunkRow> found = rows.of(leads.stream().map(Lead::candidate).distinct().toList());
    List<Reached> reached = new ArrayList<>();
    for (Lead lead : leads) {
      ChunkRow there = found.get(lead.candidate().chunkId());
      double link = there == null ? 0 : lead.byTitle() ? titleShare(lead, there) : MENTION_LINK;
      if (link > 0) {
        double rarity = 0;
        for (String word : lead.words()) {
          rarity += query.idf(query.count(word));
        }
        double evidence =
            Math.min(1, NAME_SHARE * rarity / query.most() + lead.candidate().score());
        Bridge bridge =
            new Bridge(
                lead.name(),
                row.source.title(),
                hop,
                from.score() / best * link * evidence,
                from.own() / best * link * evidence,
                from.bridge());
        reached.add(new Reached(lead.candidate(), bridge));
      }
    }
    return reached;
  }

  private void follow(String name, List<String> words, Set<String> missing, List<Lead> leads)
      throws IOException {
    for (String word : words) {
      if (query.count(word) == 0) {
        return;
      }
    }
    Query titled = query.holding(words, true, missing, permitted);
    for (Candidate candidate : top(titled)) {
      leads.add(new Lead(candidate, name, words, true));
    }
    if (!missing.isEmpty()) {
      Query mentioning = query.holding(words, false, missing, permitted);
      for (Candidate candidate : top(mentioning)) {
        if (candidate.score() > 0) {
          leads.add(new Lead(candidate, name, words, false));
        }
      }
    }
  }

  private List<Candidate> top(Query of) throws IOException {
    return Candidates.top(searcher, place, of, CHUNKS_PER_NAME, query.most()).best();
  }

  /// How much of the title, or of a heading, the name is; 0 if it is too little.
  private double titleShare(Lead lead, ChunkRow there) throws IOException {
    double best = 0;
    for (String head : heads(there)) {
      double all = 0;
      double shared = 0;
      Set<String> in = new HashSet<>();
      for (QueryTerm term : TextAnalysis.queryTerms(head, there.analysis, 32)) {
        if (term.weight() >= 1) {
          double idf = query.idf(query.count(term.term()));
          in.add(term.term());
          all += idf;
          shared += lead.words().contains(term.term()) ? idf : 0;
        }
      }
      if (all > 0 && in.containsAll(lead.words())) {
        best = Math.max(best, shared / all);
      }
    }
    return best < TITLE_SHARE_MIN ? 0 : best;
  }

  private static List<String> heads(ChunkRow row) {
    return Stream.concat(Stream.ofNullable(row.source.title()), row.source.headingPath().stream())
        .distinct()
        .toList();
  }
}
