package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.Hit;
import engram.retrieval.RefusedException;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.cite.Citations;
import engram.retrieval.pack.ContextPacker;
import engram.retrieval.pack.PackedContext;
import engram.retrieval.pack.Passage;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;

/// Searches, packs, and has the passages answer: by a model where there is one, else by quoting.
public final class GroundedAnswerer implements Answerer {
  private final Retriever retriever;
  private final ContextPacker packer;
  private final ExtractiveAnswers extractive;
  private final @Nullable GenerativeAnswers generative;

  /// @param chatModel null where none is configured
  /// @param tokenCount for models whose servers do not count
  public GroundedAnswerer(
      Retriever retriever,
      ContextPacker packer,
      Citations citations,
      @Nullable ChatModel chatModel,
      ToIntFunction<String> tokenCount,
      AskSettings settings) {
    this.retriever = retriever;
    this.packer = packer;
    this.extractive = new ExtractiveAnswers(citations, settings.confidenceMin());
    this.generative =
        chatModel == null
            ? null
            : new GenerativeAnswers(chatModel, citations, tokenCount, settings);
  }

  /// @throws engram.retrieval.ModelException when the model fails, is late or cannot be reached
  /// @throws CancellationException when the listener says that the caller has gone
  /// @throws RefusedException `no_chat_model` when a written answer is asked for and no model is
  ///   configured
  @Override
  public Answer ask(Access access, AskRequest request, AnswerListener listener) {
    GenerativeAnswers writer = writer(request.mode());
    String condensed = FollowUp.condensed(request);
    SearchPage page = retriever.search(access, FollowUp.search(request, condensed));
    if (listener.cancelled()) {
      throw new CancellationException("the caller has gone");
    }
    listener.onPassages(page);
    Question question = Question.of(condensed);
    PackedContext context = packer.pack(page.hits(), request.budgetTokens());
    // A model is not asked about nothing: it would answer from what it remembers.
    Answer answer =
        writer == null || context.passages().isEmpty()
            ? extractive.answer(access, question, bestFirst(context.passages(), page.hits()), page)
            : writer.answer(access, request, question, context.passages(), page, listener);
    if (!(answer instanceof Answer.Generated)) {
      listener.onText(answer.text());
    }
    return answer;
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

  private static List<Passage> bestFirst(List<Passage> passages, List<Hit> hits) {
    return passages.stream()
        .sorted(
            Comparator.comparingInt(
                passage -> passage.hits().stream().mapToInt(hits::indexOf).min().orElseThrow()))
        .toList();
  }
}
