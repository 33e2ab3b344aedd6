package engram.api.evaluations;

import engram.api.openai.MeteredAnswers;
import engram.api.security.ApiKey;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.RunRequester;
import engram.api.security.Verb;
import engram.eval.Answering;
import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.AskRequest;
import engram.retrieval.RefusedException;
import engram.retrieval.RefusedException.Reason;
import org.springframework.stereotype.Component;

/// The answers of a run are asked and paid for by the key that asked for the run, as it is now.
@Component
class ChargedAnswers implements Answering {
  private final MeteredAnswers answers;
  private final RunRequester requesters;
  private final Budgets budgets;

  ChargedAnswers(MeteredAnswers answers, RunRequester requesters, Budgets budgets) {
    this.answers = answers;
    this.requesters = requesters;
    this.budgets = budgets;
  }

  @Override
  public Answer ask(Access access, AskRequest request) {
    ApiKey key = requesters.key(access.tenant(), access.actor());
    if (!key.verbs().contains(Verb.CHAT)) {
      throw new RefusedException(
          Reason.FORBIDDEN, "missing_verb", "The key that asked for it lacks the verb 'chat'.");
    }
    if (!budgets.hasTokens(key)) {
      throw new RefusedException(
          Reason.FORBIDDEN,
          "budget_spent",
          "The key that asked for it has used its tokens of today.");
    }
    return answers.ask(
        new Caller(key.id(), key.name(), key.verbs(), access, "evaluation"), request);
  }
}
