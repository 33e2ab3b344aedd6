package engram.api.wiring;

import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.inference.Engine;
import engram.inference.EngineStatus;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.TextToken;
import engram.inference.TokenScore;
import engram.memory.Event;
import engram.memory.Surprise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How surprised a model of this process is at what was said.
///
/// Each event is read as a line, its speaker's name before it, after as much of what was said
/// before as fits: half of the model's context, of at most [#CONTEXT_TOKENS_MAX]. Of an event that
/// alone is longer than that the beginning counts. Names are read, and do not count.
///
/// Threads: any.
record EngineSurprise(EngineModels models, String model) implements Surprise {
  /// What was said long before tells little about the next word, and each word is read again with
  /// it.
  private static final int CONTEXT_TOKENS_MAX = 2048;

  private static final int CONTEXT_TOKENS_MIN = 16;

  /// @param own index of the first token that counts
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Line(int[] tokens, int own) {}

  @Override
  public String name() {
    return model;
  }

  @Override
  public List<Double> of(List<Event> events) {
    return events.isEmpty() ? List.of() : EngineFailures.told(() -> read(events));
  }

  private List<Double> read(List<Event> events) throws InterruptedException {
    Engine engine = models.with(model);
    int[] beginning = beginning(engine);
    int room = contextTokens() - beginning.length;
    if (room < CONTEXT_TOKENS_MIN) {
      throw new IllegalArgumentException(
          "the context of " + model + " has room for " + room + " tokens < " + CONTEXT_TOKENS_MIN);
    }
    List<Line> lines = new ArrayList<>(events.size());
    for (Event event : events) {
      lines.add(line(engine, event, room / 2));
    }
    String tenant = events.getFirst().place().tenant().toString();
    List<Double> surprises = new ArrayList<>(lines.size());
    while (surprises.size() < lines.size()) {
      int first = surprises.size();
      int[] before = before(lines, first, room / 2);
      int end = first;
      int length = before.length;
      while (end < lines.size() && length + lines.get(end).tokens().length <= room) {
        length += lines.get(end++).tokens().length;
      }
      int[] window = joined(beginning, before, lines.subList(first, end));
      List<TokenScore> scores =
          engine.score(model, new Prompt.Tokens(window), tenant, Priority.BATCH, 0);
      int at = beginning.length + before.length;
      for (Line line : lines.subList(first, end)) {
        surprises.add(mean(scores, at + line.own(), at + line.tokens().length));
        at += line.tokens().length;
      }
    }
    return surprises;
  }

  /// What the model expects before a text, and none of what it expects behind one.
  private int[] beginning(Engine engine) throws InterruptedException {
    int[] around = engine.tokens(model, new Prompt.Text("a", true, false));
    int[] alone = engine.tokens(model, new Prompt.Text("a", false, false));
    int at = 0;
    while (at + alone.length < around.length
        && !Arrays.equals(around, at, at + alone.length, alone, 0, alone.length)) {
      at++;
    }
    return Arrays.copyOf(around, at);
  }

  /// The model is loaded by now, unless it has just gone again.
  private int contextTokens() {
    int most = models.contextTokens(model);
    EngineStatus status = models.status();
    if (status != null) {
      for (EngineStatus.Model one : status.models()) {
        if (one.name().equals(model) && one.loaded() instanceof EngineStatus.DecoderLoad load) {
          most = Math.min(most, load.contextTokens());
        }
      }
    }
    return Math.min(most, CONTEXT_TOKENS_MAX);
  }

  private Line line(Engine engine, Event event, int tokensMax) throws InterruptedException {
    String name = event.speaker() + ":";
    String text = name + " " + event.text() + "\n";
    List<TextToken> pieces = engine.pieces(model, new Prompt.Text(text, false, false));
    int own = 0;
    while (own < pieces.size() && pieces.get(own).end() <= name.length()) {
      own++;
    }
    int[] tokens = pieces.stream().limit(tokensMax).mapToInt(TextToken::token).toArray();
    return new Line(tokens, Math.min(own, tokens.length));
  }

  /// The last tokens of the lines before one.
  private static int[] before(List<Line> lines, int index, int tokensMax) {
    int[] before = new int[tokensMax];
    int from = tokensMax;
    for (int i = index - 1; i >= 0 && from > 0; i--) {
      int[] tokens = lines.get(i).tokens();
      int count = Math.min(from, tokens.length);
      from -= count;
      System.arraycopy(tokens, tokens.length - count, before, from, count);
    }
    return Arrays.copyOfRange(before, from, tokensMax);
  }

  private static int[] joined(int[] beginning, int[] before, List<Line> lines) {
    int length = beginning.length + before.length;
    for (Line line : lines) {
      length += line.tokens().length;
    }
    int[] joined = Arrays.copyOf(beginning, length);
    int at = beginning.length;
    System.arraycopy(before, 0, joined, at, before.length);
    at += before.length;
    for (Line line : lines) {
      System.arraycopy(line.tokens(), 0, joined, at, line.tokens().length);
      at += line.tokens().length;
    }
    return joined;
  }

  /// Of the tokens `[from, to)` of what was read; scores begin with the second. What has no token
  /// surprises nobody.
  private static double mean(List<TokenScore> scores, int from, int to) {
    double sum = 0;
    int count = 0;
    for (int token = Math.max(1, from); token < to; token++) {
      sum -= scores.get(token - 1).logProb();
      count++;
    }
    return count == 0 ? 0 : sum / count;
  }
}
