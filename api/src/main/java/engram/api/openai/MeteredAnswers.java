package engram.api.openai;

import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest;
import engram.retrieval.Hit;
import engram.retrieval.SearchPage;
import org.springframework.stereotype.Component;

/// Answers, and charges the caller's budget with what the model read and wrote for them: also when
/// the caller went away before the end, or the model broke off while it wrote. Then nobody has
/// counted, and the charge is an estimate.
@Component
public class MeteredAnswers {
  private final Answerer answerer;
  private final Budgets budgets;

  public MeteredAnswers(Answerer answerer, Budgets budgets) {
    this.answerer = answerer;
    this.budgets = budgets;
  }

  public Answer ask(Caller caller, AskRequest request) {
    return ask(caller, request, new AnswerListener() {});
  }

  public Answer ask(Caller caller, AskRequest request, AnswerListener listener) {
    Meter meter = new Meter(listener);
    boolean answered = false;
    try {
      Answer answer = answerer.ask(caller.access(), request, meter);
      answered = true;
      budgets.spendTokens(caller, TokenCosts.of(answer));
      return answer;
    } finally {
      if (!answered && isWritten(request)) {
        budgets.spendTokens(caller, meter.brokenOff(request));
      }
    }
  }

  private boolean isWritten(AskRequest request) {
    return answerer.generative() && request.mode() != AskRequest.Mode.EXTRACTIVE;
  }

  private static final class Meter implements AnswerListener {
    private final AnswerListener listener;
    private final StringBuilder shown = new StringBuilder();
    private long passageTokens;

    Meter(AnswerListener listener) {
      this.listener = listener;
    }

    @Override
    public void onPassages(SearchPage passages) {
      passageTokens = passages.hits().stream().mapToLong(Hit::tokens).sum();
      listener.onPassages(passages);
    }

    @Override
    public void onText(String delta) {
      shown.append(delta);
      listener.onText(delta);
    }

    @Override
    public boolean cancelled() {
      return listener.cancelled();
    }

    /// Nothing where the model was not asked, or failed before it said anything.
    long brokenOff(AskRequest request) {
      boolean asked = passageTokens > 0 && (shown.length() > 0 || listener.cancelled());
      return asked ? promptTokens(request) + TokenEstimate.of(shown) : 0;
    }

    private long promptTokens(AskRequest request) {
      String instructions = request.instructions();
      return Math.min(passageTokens, request.budgetTokens())
          + TokenEstimate.of(request.question())
          + (instructions == null ? 0 : TokenEstimate.of(instructions))
          + request.history().stream().mapToLong(turn -> TokenEstimate.of(turn.text())).sum();
    }
  }
}
