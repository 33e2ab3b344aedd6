package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Answer.FinishReason;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest.UnsupportedSentences;
import engram.retrieval.Span;
import engram.retrieval.ask.MarkerFilter.Marker;
import engram.retrieval.cite.Citations;
import engram.retrieval.cite.Sentences;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/// An answer while a model writes it.
///
/// Threads: one.
final class Draft {
  private final Access access;
  private final List<Passage> passages;
  private final Citations citations;
  private final int charsMax;
  private final UnsupportedSentences unsupportedSentences;
  private final AnswerListener listener;
  private final MarkerFilter filter = new MarkerFilter();
  private final Thoughts thoughts = new Thoughts();
  private final StringBuilder text = new StringBuilder();

  /// Of `text`, what is left where sentences are dropped.
  private final StringBuilder kept = new StringBuilder();

  private int dropped;
  private int shownChars;
  private boolean shown;
  private final List<Span> settled = new ArrayList<>();
  private String model = "";
  private FinishReason finishReason = FinishReason.STOP;
  private long promptTokens;
  private long answerTokens;
  private List<Citation> cited = new ArrayList<>();
  private List<Span> unsupported = List.of();

  Draft(
      Access access,
      List<Passage> passages,
      Citations citations,
      int charsMax,
      UnsupportedSentences unsupportedSentences,
      AnswerListener listener) {
    this.access = access;
    this.passages = passages;
    this.citations = citations;
    this.charsMax = charsMax;
    this.unsupportedSentences = unsupportedSentences;
    this.listener = listener;
  }

  /// @return whether more is wanted
  boolean accept(ChatResponse response) {
    note(response.getMetadata());
    Generation generation = response.getResult();
    note(generation);
    String piece = generation == null ? null : generation.getOutput().getText();
    if (piece != null && !piece.isEmpty()) {
      append(filter.accept(thoughts.without(piece)));
      show(false);
    }
    if (text.length() < charsMax) {
      return true;
    }
    finishReason = FinishReason.LENGTH;
    return false;
  }

  void finish() {
    append(filter.accept(thoughts.rest()));
    append(filter.finish());
    trimEnd();
    show(true);
    if (!dropping()) {
      judge();
    }
  }

  /// The answer: what was shown.
  String text() {
    return dropping() ? kept.toString() : text.toString();
  }

  /// All that the model wrote, markers left out.
  String written() {
    return text.toString();
  }

  int dropped() {
    return dropped;
  }

  boolean shown() {
    return shown;
  }

  boolean refused() {
    return filter.refused();
  }

  List<Citation> citations() {
    return List.copyOf(cited);
  }

  List<Span> unsupported() {
    return unsupported;
  }

  String model() {
    return model;
  }

  /// A refusal is whole, whatever a model would have said after it.
  FinishReason finishReason() {
    return refused() ? FinishReason.STOP : finishReason;
  }

  /// 0 when the server says nothing.
  long promptTokens() {
    return promptTokens;
  }

  long answerTokens() {
    return answerTokens;
  }

  private void append(String visible) {
    // A model that begins with blank lines has not begun.
    text.append(text.isEmpty() ? visible.stripLeading() : visible);
  }

  /// White space at the end is held back while the answer goes on, so it can be dropped here.
  private void trimEnd() {
    text.setLength(text.toString().stripTrailing().length());
  }

  private boolean dropping() {
    return unsupportedSentences == UnsupportedSentences.DROP;
  }

  private void show(boolean last) {
    if (dropping()) {
      showCarried(last);
      return;
    }
    if (!shown && !carried(last)) {
      return;
    }
    shown = true;
    int end = text.toString().stripTrailing().length();
    if (end > shownChars) {
      String delta = text.substring(shownChars, end);
      shownChars = end;
      listener.onText(delta);
    }
  }

  /// Shows of the complete sentences those that a passage carries. Each is judged once, when it can
  /// get no more markers.
  private void showCarried(boolean last) {
    int settledTo = settledChars();
    List<Span> open = sentencesFrom(settledTo);
    for (int index = 0; index < open.size() && (last || index + 1 < open.size()); index++) {
      Span sentence = open.get(index);
      int next = index + 1 < open.size() ? open.get(index + 1).start() : Integer.MAX_VALUE;
      String before = kept.isEmpty() ? "" : text.substring(settledTo, sentence.start());
      String claim = text.substring(sentence.start(), sentence.end());
      Span place = new Span(0, claim.length()).shift(kept.length() + before.length());
      List<Citation> own = cite(sentence, next, place);
      settled.add(sentence);
      settledTo = sentence.end();
      if (own.isEmpty()) {
        dropped++;
        continue;
      }
      shown = true;
      cited.addAll(own);
      kept.append(before).append(claim);
      listener.onText(before + claim);
    }
  }

  /// Whether a complete sentence is supported. Each is looked at once; the last one when nothing
  /// more comes, for until then its marker may be missing. What was once a sentence stays one,
  /// though the text after it might have joined the two: what was shown cannot be taken back.
  private boolean carried(boolean last) {
    List<Span> open = sentencesFrom(settledChars());
    for (int index = 0; index < open.size(); index++) {
      if (!last && index + 1 == open.size()) {
        break;
      }
      Span sentence = open.get(index);
      settled.add(sentence);
      int next = index + 1 < open.size() ? open.get(index + 1).start() : Integer.MAX_VALUE;
      if (!cite(sentence, next, sentence).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private int settledChars() {
    return settled.isEmpty() ? 0 : settled.getLast().end();
  }

  private List<Span> sentencesFrom(int start) {
    return Sentences.of(text.substring(start)).stream().map(span -> span.shift(start)).toList();
  }

  private void judge() {
    if (!shown) {
      return;
    }
    List<Citation> all = new ArrayList<>();
    List<Span> alone = new ArrayList<>();
    List<Span> sentences = new ArrayList<>(settled);
    sentences.addAll(sentencesFrom(settledChars()));
    for (int index = 0; index < sentences.size(); index++) {
      int next =
          index + 1 < sentences.size() ? sentences.get(index + 1).start() : Integer.MAX_VALUE;
      List<Citation> own = cite(sentences.get(index), next, sentences.get(index));
      all.addAll(own);
      if (own.isEmpty()) {
        alone.add(sentences.get(index));
      }
    }
    cited = all;
    unsupported =
        unsupportedSentences == UnsupportedSentences.MARK ? List.copyOf(alone) : List.of();
  }

  /// The citations of one sentence that hold: those that the model made, or, where it made none,
  /// the first passage that clearly says the same.
  ///
  /// @param next where the sentence after it begins
  /// @param place the sentence in the answer
  private List<Citation> cite(Span sentence, int next, Span place) {
    String claim = text.substring(sentence.start(), sentence.end());
    Set<Integer> named = new TreeSet<>();
    for (Marker marker : filter.markers()) {
      if (marker.position() > sentence.start()
          && marker.position() <= Math.max(sentence.end(), next - 1)) {
        named.addAll(marker.numbers());
      }
    }
    named.removeIf(number -> number < 1 || number > passages.size());
    List<Citation> own = new ArrayList<>();
    for (int number : named) {
      addIfCarried(claim, place, number, true, own);
    }
    for (int number = 1; named.isEmpty() && own.isEmpty() && number <= passages.size(); number++) {
      addIfCarried(claim, place, number, false, own);
    }
    return own;
  }

  private void addIfCarried(
      String claim, Span place, int number, boolean named, List<Citation> own) {
    Passage passage = passages.get(number - 1);
    Span quote = Support.of(claim, passage, named);
    if (quote != null) {
      own.add(citations.cite(access, passage, quote, place));
    }
  }

  private void note(@Nullable Generation generation) {
    // Only one piece has a reason, and others may come after it.
    if (generation != null && finishReason == FinishReason.STOP) {
      finishReason = FinishReason.of(generation.getMetadata().getFinishReason());
    }
  }

  private void note(@Nullable ChatResponseMetadata metadata) {
    if (metadata == null) {
      return;
    }
    if (metadata.getModel() != null && !metadata.getModel().isBlank()) {
      model = metadata.getModel();
    }
    if (metadata.getUsage() != null) {
      // Servers that count while they stream say the sum so far; the last word counts.
      promptTokens = Math.max(promptTokens, count(metadata.getUsage().getPromptTokens()));
      answerTokens = Math.max(answerTokens, count(metadata.getUsage().getCompletionTokens()));
    }
  }

  private static long count(@Nullable Integer tokens) {
    return tokens == null ? 0 : tokens;
  }
}
