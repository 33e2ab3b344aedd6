package engram.memory.recall;

import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.consolidate.Covers;
import engram.memory.episode.StoredEpisodes;
import engram.memory.index.Candidate;
import engram.memory.index.EventSearch;
import engram.memory.index.EventSearch.Spot;
import engram.memory.index.Found;
import engram.memory.index.Meanings;
import engram.memory.index.Question;
import engram.memory.index.Words;
import engram.memory.log.EventRows;
import engram.memory.recall.Scores.Entry;
import engram.memory.scope.MemoryTransactions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// [Recall] over the index, with the events themselves read from the database in the caller's
/// scope.
public final class StoredRecall implements Recall {
  /// Of each source; what a neighbour or a session could lend beyond them is less than the least of
  /// them.
  private static final int CANDIDATES = 400;

  private static final int QUERY_WORDS_MAX = 64;
  private static final int SEEDS = 3;
  private static final int SEED_WORDS = 6;
  private static final int HOP_CANDIDATES = 100;

  /// Spots that are looked up at least, before the order is final.
  private static final int SETTLED_MIN = 200;

  private static final int ROWS_AT_ONCE = 64;

  private final EventSearch search;
  private final MemoryTransactions transactions;
  private final EventRows rows;
  private final StoredEpisodes episodes;
  private final Covers covers;
  private final @Nullable Meanings meanings;
  private final Clock clock;

  /// @param meanings null for none
  public StoredRecall(
      EventSearch search,
      MemoryTransactions transactions,
      EventRows rows,
      StoredEpisodes episodes,
      Covers covers,
      @Nullable Meanings meanings,
      Clock clock) {
    this.search = search;
    this.transactions = transactions;
    this.rows = rows;
    this.episodes = episodes;
    this.covers = covers;
    this.meanings = meanings;
    this.clock = clock;
  }

  @Override
  public Result recall(RecallRequest request) {
    Instant now = request.now() == null ? clock.instant() : request.now();
    Question question = question(request, now);
    Found found = search.search(question);
    Scores scores =
        new Scores(found, request.weights(), borders(request, found), question.times(), now);
    settle(scores, found, request);
    if (request.weights().hop() > 0 && !found.candidates().isEmpty()) {
      hop(scores, question, request.scope());
    }
    scores.spread();
    return pack(scores, request);
  }

  private Borders borders(RecallRequest request, Found found) {
    boolean matters = request.weights().episode() > 0 || request.weights().across() < 1;
    Set<Long> sessions = new HashSet<>();
    found.candidates().forEach(candidate -> sessions.add(candidate.session()));
    return matters && !sessions.isEmpty()
        ? new Borders(episodes.starts(request.scope(), sessions))
        : Borders.ABSENT;
  }

  private Question question(RecallRequest request, Instant now) {
    Map<String, Integer> words = new LinkedHashMap<>();
    for (String word : Words.of(request.query())) {
      if (words.containsKey(word) || words.size() < QUERY_WORDS_MAX) {
        words.merge(word, 1, Integer::sum);
      }
    }
    @Nullable List<Float> meaning = null;
    if (meanings != null && request.weights().vector() > 0) {
      var made = meanings.of(List.of(request.query()));
      if (made.isPresent()) {
        meaning = new ArrayList<>();
        for (float value : made.get().getFirst()) {
          meaning.add(value);
        }
      }
    }
    return new Question(
        request.scope(),
        words,
        Words.names(request.query()),
        request.weights().time() > 0 ? QueryTimes.of(request.query(), now) : List.of(),
        meaning,
        request.from(),
        request.to(),
        CANDIDATES);
  }

  /// Looks up what lies at the best spots that are neighbours only, for what they are may lift
  /// them.
  private void settle(Scores scores, Found found, RecallRequest request) {
    List<Entry> best = scores.ranked();
    int reach = Math.min(best.size(), Math.max(SETTLED_MIN, 2 * request.items()));
    List<Entry> open =
        best.subList(0, reach).stream().filter(entry -> entry.candidate == null).toList();
    Map<Spot, Candidate> there =
        search.at(
            request.scope(), found.speaker(), open.stream().map(entry -> entry.spot).toList());
    for (Entry entry : open) {
      Candidate candidate = there.get(entry.spot);
      if (candidate != null && isWithin(candidate, request)) {
        scores.settle(entry, candidate);
      }
    }
  }

  private static boolean isWithin(Candidate candidate, RecallRequest request) {
    return (request.from() == null || candidate.at() >= request.from().getEpochSecond())
        && (request.to() == null || candidate.at() < request.to().getEpochSecond());
  }

  /// A second search with the rarest words of the best matches of different sessions: questions
  /// that need several events name only one of them.
  private void hop(Scores scores, Question question, MemoryScope scope) {
    List<Entry> seeds = new ArrayList<>();
    Set<Long> sessions = new HashSet<>();
    for (Entry entry : scores.ranked()) {
      if (entry.candidate != null && sessions.add(entry.spot.session())) {
        seeds.add(entry);
      }
      if (seeds.size() == SEEDS) {
        break;
      }
    }
    Map<Long, Event> events = read(scope, seeds, new Repeats());
    double best = seeds.isEmpty() ? 1 : seeds.getFirst().score();
    List<Double> seedScores = seeds.stream().map(Entry::score).toList();
    for (int at = 0; at < seeds.size(); at++) {
      Candidate seed = seeds.get(at).candidate;
      Event event = seed == null ? null : events.get(seed.seq());
      if (seed == null || event == null || best <= 0) {
        continue;
      }
      List<String> words = new ArrayList<>(new HashSet<>(Words.of(event.text())));
      words.removeAll(question.words().keySet());
      Map<String, Integer> rarest = new LinkedHashMap<>();
      search.rarest(scope, words, SEED_WORDS).forEach(word -> rarest.put(word, 1));
      if (!rarest.isEmpty()) {
        Found linked = search.search(question.forWords(rarest, HOP_CANDIDATES));
        scores.hop(seedScores.get(at) / best, linked, seed);
      }
    }
  }

  private Map<Long, Event> read(MemoryScope scope, List<Entry> entries, Repeats repeats) {
    long[] seqs = entries.stream().mapToLong(Entry::seq).toArray();
    Map<Long, Event> events = new HashMap<>();
    List<Event> found =
        transactions.read(
            scope,
            () -> {
              repeats.know(covers.of(scope, entries.stream().map(Entry::seq).toList()));
              return rows.of(scope.tenant(), seqs);
            });
    found.forEach(event -> events.put(event.seq(), event));
    return events;
  }

  /// Takes the best that fit; one that is too large for what is left lets smaller ones pass.
  private Result pack(Scores scores, RecallRequest request) {
    List<Entry> ranked =
        scores.ranked().stream()
            .filter(entry -> entry.candidate != null && entry.merit() > 0)
            .toList();
    List<Recalled> items = new ArrayList<>();
    Repeats repeats = new Repeats();
    int tokens = 0;
    boolean whole = true;
    for (int from = 0; from < ranked.size() && items.size() < request.items(); ) {
      int to = Math.min(ranked.size(), from + Math.min(ROWS_AT_ONCE, request.items()));
      Map<Long, Event> events = read(request.scope(), ranked.subList(from, to), repeats);
      for (Entry entry : ranked.subList(from, to)) {
        Event event = events.get(entry.seq());
        if (event == null || items.size() == request.items()) {
          whole &= event == null; // forgotten since the index looked
          continue;
        }
        if (!repeats.isNew(event.seq())) {
          continue; // what is shown says all that it says
        }
        int cost = Recall.tokens(event);
        if (request.budgetTokens() > 0 && tokens + cost > request.budgetTokens()) {
          whole = false;
          continue;
        }
        repeats.shown(event.seq());
        tokens += cost;
        items.add(new Recalled(event, entry.score(), scores.explain(entry), cost));
      }
      from = to;
      if (request.budgetTokens() > 0 && request.budgetTokens() - tokens < 7) {
        whole &= from == ranked.size();
        break;
      }
    }
    return new Result(items, whole && items.size() < request.items(), tokens);
  }
}
