package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answer.Context;
import engram.retrieval.Answer.Usage;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest;
import engram.retrieval.ModelException;
import engram.retrieval.SearchPage;
import engram.retrieval.cite.Citations;
import engram.retrieval.pack.Passage;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

/// Answers by a model, and believes it only as far as the passages carry it.
///
/// Nothing is shown before one sentence has been found in a passage: a refusal, or an answer out of
/// thin air, is never half shown. From then on text is shown as it comes, and sentences that no
/// passage carries are listed.
///
/// @param tokenCount for servers that do not count
record GenerativeAnswers(
    ChatModel model, Citations citations, ToIntFunction<String> tokenCount, AskSettings settings) {

  /// @param question the question that was searched
  /// @param fence that the passages were packed for
  /// @param passages as they are shown to the model
  Answer answer(
      Access access,
      AskRequest request,
      Question question,
      Fence fence,
      List<Passage> passages,
      SearchPage page,
      Context context,
      AnswerListener listener) {
    List<Message> messages = Prompts.messages(request, passages, fence, settings);
    Draft draft =
        new Draft(
            access,
            passages,
            citations,
            settings.answerCharsMax(),
            Objects.requireNonNullElse(
                request.unsupportedSentences(), settings.unsupportedSentences()),
            listener);
    Prompt prompt = new Prompt(messages, options(request));
    ModelStream.read(access.tenant(), model, prompt, settings, listener::cancelled, draft::accept);
    draft.finish();
    Usage usage = usage(draft, messages);
    if (draft.written().isBlank() && !draft.refused()) {
      throw new ModelException("model_empty_answer", "The model's answer was empty.");
    }
    if (!draft.shown()) {
      Evidence evidence = new Evidence(question, passages);
      return Refusal.of(question, evidence, 0, page, context, usage, draft.finishReason());
    }
    return new Answer.Generated(
        draft.text(),
        draft.citations(),
        draft.unsupported(),
        draft.dropped(),
        modelName(draft),
        page,
        context,
        usage,
        draft.finishReason());
  }

  /// What the request says over what the model is set to.
  private ChatOptions options(AskRequest request) {
    ChatOptions.Builder<?> options = model.getOptions().mutate();
    if (request.maxAnswerTokens() != null) {
      options.maxTokens(request.maxAnswerTokens());
    }
    if (request.temperature() != null) {
      options.temperature(request.temperature());
    }
    return options.build();
  }

  private Usage usage(Draft draft, List<Message> messages) {
    long prompt = draft.promptTokens();
    long answer = draft.answerTokens();
    if (prompt == 0) {
      for (Message message : messages) {
        String text = message.getText();
        prompt += text == null ? 0 : tokenCount.applyAsInt(text);
      }
    }
    return new Usage(prompt, answer == 0 ? tokenCount.applyAsInt(draft.written()) : answer);
  }

  private String modelName(Draft draft) {
    String configured = model.getOptions().getModel();
    if (!draft.model().isEmpty()) {
      return draft.model();
    }
    return configured == null ? "unknown" : configured;
  }
}
