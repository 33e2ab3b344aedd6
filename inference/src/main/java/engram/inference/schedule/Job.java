package engram.inference.schedule;

import engram.inference.FinishReason;
import engram.inference.GenerationEvent;
import engram.inference.LogitsProcessor;
import engram.inference.TokenScore;
import engram.inference.Usage;
import engram.inference.decode.LogProbs;
import engram.inference.decode.Sampler;
import engram.inference.decode.StopStrings;
import engram.inference.decode.TokenCounts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request on its way: its tokens, what of them the cache has, and what becomes of a row of
/// scores.
///
/// What the cache has may be dropped at any time and computed again: tokens are final when they are
/// drawn, and drawing depends on nothing else.
///
/// Threads: the engine's.
final class Job {
  final JobRequest request;
  final EventQueue generation;
  final long number;

  /// How its prompt is read.
  final PromptWay way;

  private final Sampler sampler;
  private final TokenCounts counts;
  private final StopStrings stops;
  private final Guesses guesses;
  private final List<TokenScore> promptScores = new ArrayList<>();
  private int[] tokens;
  private int length;
  private @Nullable CachedSequence sequence;
  private PrefixTree.@Nullable Hold hold;
  private @Nullable Demoted demoted;
  private @Nullable Companions companions;
  private int[] drafted = new int[0];
  private float[] logProbs = new float[0];
  private int cachedTokens = -1;
  private int draftedTokens;
  private int acceptedTokens;
  private boolean promptScored;
  private boolean ended;

  /// What of its beginning comes back out of another tier; null before it was asked for.
  @Nullable List<Demoted> coming;

  /// Whether the prompt's prefix went into the tree since it was computed.
  boolean prefixKept;

  /// Milliseconds of the clock since which its consumer lets it wait; -1 where it does not.
  long pausedSince = -1;

  Job(JobRequest request, EventQueue generation, long number) {
    this.request = request;
    this.generation = generation;
    this.number = number;
    way = new PromptWay(request);
    sampler = new Sampler(request.sampling());
    counts = new TokenCounts(request.prompt());
    stops = new StopStrings(request.stops());
    guesses = new Guesses(request.drafter());
    tokens = Arrays.copyOf(request.prompt(), request.prompt().length + 16);
    length = request.prompt().length;
  }

  boolean ended() {
    return ended;
  }

  boolean running() {
    return sequence != null;
  }

  int length() {
    return length;
  }

  int[] tokens() {
    return tokens;
  }

  CachedSequence sequence() {
    if (sequence == null) {
      throw new IllegalStateException("the request is not running");
    }
    return sequence;
  }

  /// Tokens that the cache lacks.
  int pending() {
    return length - (sequence == null ? 0 : sequence.length());
  }

  /// Tokens that the request may have at most.
  int tokensMost() {
    return (int) Math.min(Integer.MAX_VALUE, (long) request.prompt().length + request.maxTokens());
  }

  private int outputTokens() {
    return length - request.prompt().length;
  }

  /// What it had before it gave its pages up; null where that was not kept.
  @Nullable Demoted demoted() {
    return demoted;
  }

  /// Begins with nothing, or with a prefix.
  ///
  /// @param prefix what of the tree it began with
  /// @param leftOut spans `[start, end)` of the prompt, flat, ascending
  void start(CachedSequence own, PrefixTree.@Nullable Hold prefix, int[] leftOut) {
    forgetDemoted();
    sequence = own;
    way.leaveOut(leftOut);
    hold(prefix);
    if (!request.companions().isEmpty()) {
      companions = Companions.open(request.companions());
    }
    if (cachedTokens < 0) {
      cachedTokens = own.length();
    }
    for (int position = 1; position < Math.min(length, logProbs.length); position++) {
      own.scored(position, logProbs[position]);
    }
    if (!promptScored) {
      // Computed anew from the start: so are the scores.
      promptScores.clear();
    }
  }

  /// Goes on with what it had.
  void goOn(CachedSequence own) {
    forgetDemoted();
    sequence = own;
  }

  private void forgetDemoted() {
    if (demoted != null) {
      demoted.forget();
      demoted = null;
    }
  }

  /// Exchanges what of the prefix tree is kept for this request.
  void hold(PrefixTree.@Nullable Hold other) {
    if (hold != null) {
      hold.release();
    }
    hold = other;
  }

  /// Pages of the cache that it has beside those of the tree.
  int ownPages() {
    int held = sequence == null ? 0 : sequence.pages();
    return Math.max(0, held - (hold == null ? 0 : hold.pages()));
  }

  /// Gives the cache's pages back, to go on later: with a copy of them where there is another tier
  /// and that is sooner, else from the start.
  void giveUp(Tiering tiering) {
    // A companion starts anew, and the main model with it.
    if (companions == null) {
      demoted = tiering.demote(sequence(), 0, request.scope());
    }
    release();
  }

  /// Gives the cache's pages back.
  void release() {
    if (sequence != null) {
      sequence.close();
      sequence = null;
    }
    if (companions != null) {
      companions.close();
      companions = null;
    }
    hold(null);
    coming = null;
    prefixKept = false;
    drafted = new int[0];
  }

  /// The next slice: some of the pending tokens, and a draft where they are the last ones.
  ///
  /// @param most tokens, at least 1
  /// @param draftMost tokens guessed ahead
  /// @param rowsMost rows of scores
  Slice slice(int most, int draftMost, int rowsMost) {
    CachedSequence own = sequence();
    way.skip(own);
    int from = own.length();
    int count = way.uncut(from, Math.min(most, length - from));
    boolean scoring = scoresPrompt(from);
    if (scoring) {
      count = Math.min(count, rowsMost);
    }
    boolean last = from + count == length;
    drafted =
        last && !scoring
            ? draft(Math.min(draftMost, Math.min(most - count, rowsMost - 1)))
            : new int[0];
    int[] slice = Arrays.copyOfRange(tokens, from, from + count + drafted.length);
    System.arraycopy(drafted, 0, slice, count, drafted.length);
    int rows = scoring ? count : last ? 1 + drafted.length : 0;
    return new Slice(own, slice, rows, way.momentOf(from, count), request.attention());
  }

  private boolean scoresPrompt(int from) {
    return (request.scorePrompt() || request.policyReadsScores())
        && !promptScored
        && from < request.prompt().length;
  }

  private int[] draft(int most) {
    return request.methods().policy() == null
        ? guesses.next(tokens, length, Math.min(most, request.maxTokens() - outputTokens() - 1))
        : new int[0];
  }

  /// Takes the rows of a pass over `slice`.
  ///
  /// @param logits rows of the pass, this slice's from `row` on; they may be written to
  void take(Slice slice, float[][] logits, int row) {
    if (companions != null) {
      companions.step(slice);
    }
    if (slice.rows() == 0) {
      return;
    }
    int first = sequence().length() - slice.tokens().length;
    int drawFrom = 0;
    if (scoresPrompt(first)) {
      takePromptRows(first, slice, logits, row);
      if (first + slice.tokens().length < length) {
        return;
      }
      drawFrom = slice.rows() - 1;
    }
    if (request.maxTokens() == 0) {
      end(FinishReason.LENGTH, "");
    } else {
      drawAll(logits, row, drawFrom);
    }
  }

  /// Draws the token after the last one, and after each guess that was drawn.
  ///
  /// @param from the row of the slice's rows from which the first is drawn
  private void drawAll(float[][] logits, int firstRow, int from) {
    guesses.prompt(tokens, length);
    draftedTokens += drafted.length;
    int before = length;
    int accepted = 0;
    while (true) {
      int row = from + accepted;
      int token = draw(logits[firstRow + row], row);
      if (ended || accepted == drafted.length || token != drafted[accepted]) {
        break;
      }
      accepted++;
      acceptedTokens++;
    }
    drafted = new int[0];
    // All that was drawn but the last token was computed; a refused rest is forgotten.
    sequence().truncate(Math.min(sequence().length(), length - 1));
    if (companions != null) {
      companions.truncate(sequence().length());
    }
    guesses.accepted(tokens, length, length - before);
  }

  private void takePromptRows(int first, Slice slice, float[][] logits, int row) {
    for (int i = 0; i < slice.rows(); i++) {
      int next = first + i + 1;
      if (next < request.prompt().length) {
        TokenScore score =
            LogProbs.of(logits[row + i], tokens[next], Math.max(0, request.topLogProbs()));
        promptScores.add(score);
        tellPolicy(next, score.logProb());
      }
    }
    if (promptScores.size() == request.prompt().length - 1) {
      promptScored = true;
      if (request.scorePrompt()) {
        generation.add(new GenerationEvent.PromptScored(promptScores));
      }
    }
  }

  private void tellPolicy(int position, float logProb) {
    if (request.policyReadsScores()) {
      if (logProbs.length <= position) {
        logProbs = Arrays.copyOf(logProbs, Math.max(tokens.length, position + 1));
      }
      logProbs[position] = logProb;
      sequence().scored(position, logProb);
    }
  }

  /// Draws the next token from a row and tells the consumer.
  ///
  /// @param row of the slice's rows
  private int draw(float[] scores, int row) {
    boolean scored = request.topLogProbs() >= 0 || request.policyReadsScores();
    float[] own = scored ? scores.clone() : scores;
    sampler.adjust(own, counts);
    int read = 0;
    for (LogitsProcessor processor : request.processors()) {
      int count = processor.companions().size();
      List<float[]> theirs = companions == null ? List.of() : companions.scores(read, count, row);
      read += count;
      processor.apply(
          own, new LogitsProcessor.StepView(length, request.prompt().length, tokens, theirs));
    }
    int token = sampler.sample(own, length);
    for (LogitsProcessor processor : request.processors()) {
      processor.accepted(token);
    }
    counts.add(token);
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * length);
    }
    tokens[length++] = token;
    TokenScore score = null;
    if (scored) {
      score = LogProbs.of(scores, token, Math.max(0, request.topLogProbs()));
      tellPolicy(length - 1, score.logProb());
    }
    tell(token, request.topLogProbs() >= 0 ? score : null);
    return token;
  }

  private void tell(int token, @Nullable TokenScore score) {
    if (request.endTokens().contains(token)) {
      generation.add(new GenerationEvent.Token(token, "", score));
      end(FinishReason.STOP, "");
      return;
    }
    String text = stops.append(request.decoder().append(token));
    generation.add(new GenerationEvent.Token(token, text, score));
    if (stops.stopped()) {
      end(FinishReason.STOP, "");
    } else if (outputTokens() >= request.maxTokens()) {
      end(FinishReason.LENGTH, "");
    }
  }

  /// The last event, and the end of all that the request holds. Twice is harmless.
  void end(FinishReason reason, String message) {
    if (ended) {
      return;
    }
    ended = true;
    forgetDemoted();
    String text = "";
    if (!stops.stopped()) {
      text = stops.append(request.decoder().end());
      text += stops.end();
    }
    Usage usage =
        new Usage(
            request.prompt().length,
            Math.max(0, cachedTokens),
            outputTokens(),
            draftedTokens,
            acceptedTokens);
    guesses.close();
    generation.add(new GenerationEvent.End(reason, text, usage, message));
  }
}
