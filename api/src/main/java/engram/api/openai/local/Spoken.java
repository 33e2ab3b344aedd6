package engram.api.openai.local;

import engram.inference.Engine;
import engram.inference.FinishReason;
import engram.inference.GenerationEvent;
import engram.inference.TokenScore;
import engram.inference.chat.ChatFormat;
import engram.inference.chat.ToolCall;
import engram.inference.chat.ToolCallForm;
import engram.inference.chat.ToolCallReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a model has said so far, taken apart into text, calls of functions and scores.
final class Spoken {
  private final Engine engine;
  private final String model;
  private final LocalListener listener;
  private final StringBuilder text = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<ScoredToken> scores = new ArrayList<>();
  private List<ScoredToken> promptScores = List.of();
  private ToolCallReader reader = new ToolCallReader(ToolCallForm.NONE, () -> "");
  private @Nullable ChatFormat marks;
  private boolean several = true;

  Spoken(Engine engine, String model, LocalListener listener) {
    this.engine = engine;
    this.model = model;
    this.listener = listener;
  }

  /// @param parallel whether there may be more than one
  Spoken calls(ToolCallReader calls, boolean parallel) {
    reader = calls;
    several = parallel;
    return this;
  }

  /// The reader of calls needs the special tokens that text leaves out.
  void marked(ChatFormat format) {
    marks = format;
  }

  /// Whether nothing more is wanted.
  boolean enough() {
    return !several && !calls.isEmpty();
  }

  void prompt(List<TokenScore> all) throws InterruptedException {
    promptScores = scored(all);
  }

  void token(GenerationEvent.Token token) throws InterruptedException {
    if (enough()) {
      return; // told before the model heard of it
    }
    TokenScore score = token.score();
    List<ScoredToken> with = score == null ? List.of() : scored(List.of(score));
    scores.addAll(with);
    String mark = marks == null ? "" : marks.mark(token.token());
    parts(reader.push(token.text() + mark), with);
  }

  LocalReply end(GenerationEvent.End end) {
    if (!enough()) {
      parts(reader.push(end.text()), List.of());
      parts(reader.finish(), List.of());
    }
    FinishReason reason = enough() ? FinishReason.STOP : end.reason();
    return new LocalReply(text.toString(), calls, scores, promptScores, reason, end.usage());
  }

  private void parts(List<ToolCallReader.Part> parts, List<ScoredToken> with) {
    StringBuilder said = new StringBuilder();
    for (ToolCallReader.Part part : parts) {
      switch (part) {
        case ToolCallReader.Part.Text(String piece) -> said.append(piece);
        case ToolCallReader.Part.Call(ToolCall call) -> {
          if (!enough()) {
            tell(said, List.of());
            calls.add(call);
            listener.call(call);
          }
        }
      }
    }
    tell(said, with);
  }

  private void tell(StringBuilder said, List<ScoredToken> with) {
    if (!said.isEmpty() || !with.isEmpty()) {
      text.append(said);
      listener.text(said.toString(), with);
      said.setLength(0);
    }
  }

  private List<ScoredToken> scored(List<TokenScore> all) throws InterruptedException {
    int[] tokens =
        all.stream()
            .flatMapToInt(score ->
                java.util.stream.IntStream.concat(
                    java.util.stream.IntStream.of(score.token()),
                    score.top().stream().mapToInt(TokenScore.Ranked::token)))
            .toArray();
    var bytes = engine.spelled(model, tokens).iterator();
    List<ScoredToken> scored = new ArrayList<>(all.size());
    for (TokenScore score : all) {
      byte[] own = bytes.next();
      List<ScoredToken.Alternative> top = new ArrayList<>(score.top().size());
      for (TokenScore.Ranked ranked : score.top()) {
        top.add(ScoredToken.Alternative.of(bytes.next(), ranked.logProb()));
      }
      scored.add(ScoredToken.of(own, score.logProb(), top));
    }
    return scored;
  }
}
