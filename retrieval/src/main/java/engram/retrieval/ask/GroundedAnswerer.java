package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Packing;
import engram.retrieval.Flag;
import engram.retrieval.Hit;
import engram.retrieval.PassageInspector;
import engram.retrieval.RefusedException;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.cite.Citations;
import engram.retrieval.pack.BestAtBothEnds;
import engram.retrieval.pack.Budget;
import engram.retrieval.pack.ContextPacker;
import engram.retrieval.pack.DocumentOrder;
import engram.retrieval.pack.ModelTokens;
import engram.retrieval.pack.PackSettings;
import engram.retrieval.pack.PackedContext;
import engram.retrieval.pack.Passage;
import engram.retrieval.pack.QuestionEcho;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;

/// Searches, packs, and has the passages answer: by a model where there is one, else by quoting.
public final class GroundedAnswerer implements Answerer {
  private final Retriever retriever;
  private final Widening widening;
  private final PackSettings packSettings;
  private final QuestionEcho echo;
  private final PassageInspector inspector;
  private final ModelTokens tokens;
  private final AskSettings settings;
  private final ExtractiveAnswers extractive;
  private final @Nullable GenerativeAnswers generative;

  /// @param around what stands around a chunk
  /// @param chatModel null where none is configured
  /// @param tokens as that model counts them
  public GroundedAnswerer(
      Retriever retriever,
      Widening.Around around,
      PackSettings packSettings,
      PassageInspector inspector,
      Citations citations,
      @Nullable ChatModel chatModel,
      ModelTokens tokens,
      AskSettings settings) {
    this.retriever = retriever;
    this.widening = new Widening(around);
    this.packSettings = packSettings;
    this.echo = new QuestionEcho(packSettings.echoWeight());
    this.inspector = inspector;
    this.tokens = tokens;
    this.settings = settings;
    this.extractive = new ExtractiveAnswers(citations, settings.confidenceMin());
    this.generative =
        chatModel == null
            ? null
            : new GenerativeAnswers(chatModel, citations, tokens.count(), settings);
  }

  /// @throws engram.retrieval.ModelException when the model fails, is late or cannot be reached
  /// @throws CancellationException when the listener says that the caller has gone
  /// @throws RefusedException `no_chat_model` when a written answer is asked for and no model is
  ///   configured
  @Override
  public Answer ask(Access access, AskRequest request, AnswerListener listener) {
    GenerativeAnswers writer = writer(request.mode());
    String condensed = FollowUp.condensed(request);
    SearchPage found = retriever.search(access, FollowUp.search(request, condensed));
    // Here and not in every search: it takes a third of a millisecond for each hit.
    List<Hit> read = flagged(widened(access, request, found.hits()));
    SearchPage page = new SearchPage(flaggedAs(read, found.hits()), found.hasMore(), found.notes());
    if (listener.cancelled()) {
      throw new CancellationException("the caller has gone");
    }
    listener.onPassages(page);
    Question question = Question.of(condensed);
    List<Hit> hits = echo.lowered(request.question(), read);
    Fence fence = Fence.around(hits);
    Packing packing = Objects.requireNonNullElse(request.packing(), settings.packing());
    PackedContext packed =
        packer(packing).pack(hits, budget(request.budgetTokens(), writer == null ? null : fence));
    Answer.Context context = context(packing, packed);
    // A model is not asked about nothing: it would answer from what it remembers.
    Answer answer =
        writer == null || packed.passages().isEmpty()
            ? extractive.answer(access, question, bestFirst(packed.passages(), hits), page, context)
            : writer.answer(
                access, request, question, fence, packed.passages(), page, context, listener);
    if (!(answer instanceof Answer.Generated)) {
      listener.onText(answer.text());
    }
    return answer;
  }

  private List<Hit> widened(Access access, AskRequest request, List<Hit> hits) {
    return switch (Objects.requireNonNullElse(request.widen(), settings.widen())) {
      case NONE -> hits;
      case PARENTS -> widening.withParents(access, hits);
    };
  }

  private List<Hit> flagged(List<Hit> hits) {
    return inspector.flagged(new SearchPage(hits, false, List.of())).hits();
  }

  /// The hits with the flags of all that is read around them.
  private static List<Hit> flaggedAs(List<Hit> read, List<Hit> hits) {
    Map<Long, List<Flag>> flags = new HashMap<>();
    for (Hit each : read) {
      List<Flag> known = flags.computeIfAbsent(each.chunkId(), none -> new ArrayList<>());
      each.flags().stream().filter(flag -> !known.contains(flag)).forEach(known::add);
    }
    return hits.stream()
        .map(hit -> {
          List<Flag> seen = flags.getOrDefault(hit.chunkId(), List.of());
          return seen.isEmpty() ? hit : hit.flagged(seen);
        })
        .toList();
  }

  @Override
  public boolean generative() {
    return generative != null;
  }

  private @Nullable GenerativeAnswers writer(AskRequest.Mode mode) {
    return switch (mode) {
      case EXTRACTIVE -> null;
      case AUTO -> generative;
      case GENERATIVE -> {
        if (generative == null) {
          throw new RefusedException(
              RefusedException.Reason.INVALID,
              "no_chat_model",
              "No chat model is configured: set engram.chat.base-url and engram.chat.model, or ask"
                  + " in mode extractive.");
        }
        yield generative;
      }
    };
  }

  private ContextPacker packer(Packing packing) {
    return switch (packing) {
      case EDGES -> new BestAtBothEnds(packSettings);
      case DOCUMENT -> new DocumentOrder(packSettings);
    };
  }

  /// @param fence in which a model is shown the passages; null where they are read as they are
  private Budget budget(int budgetTokens, @Nullable Fence fence) {
    return fence == null
        ? Budget.ofTexts(budgetTokens, tokens.count())
        : new Budget(budgetTokens, tokens.count(), fence::block);
  }

  private Answer.Context context(Packing packing, PackedContext packed) {
    return new Answer.Context(
        packing,
        packed.tokens(),
        tokens.vocabulary(),
        packed.packed().stream().map(Hit::chunkId).distinct().toList(),
        packed.merged().stream().map(Hit::chunkId).toList());
  }

  private static List<Passage> bestFirst(List<Passage> passages, List<Hit> hits) {
    return passages.stream()
        .sorted(
            Comparator.comparingInt(
                passage -> passage.hits().stream().mapToInt(hits::indexOf).min().orElseThrow()))
        .toList();
  }
}
