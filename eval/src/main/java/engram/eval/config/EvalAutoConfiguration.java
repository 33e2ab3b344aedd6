package engram.eval.config;

import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.eval.AnswerOptions;
import engram.eval.Answering;
import engram.eval.Evaluations;
import engram.eval.ReadLimits;
import engram.eval.Requester;
import engram.eval.SearchOptions;
import engram.eval.run.StoredEvaluations;
import engram.retrieval.Library;
import engram.retrieval.Retriever;
import engram.retrieval.SupportChecker;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Wires the evaluation room; the small interfaces of its door are the room above's to bring.
@AutoConfiguration(afterName = "engram.retrieval.config.RetrievalAutoConfiguration")
@EnableConfigurationProperties(EvalSettings.class)
public class EvalAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  ReadLimits readLimits(EvalSettings settings) {
    return settings.limits();
  }

  @Bean
  @ConditionalOnMissingBean
  Evaluations evaluations(
      Transactions transactions,
      JdbcClient jdbc,
      JobLedger ledger,
      JobClaims claims,
      Library library,
      Retriever retriever,
      Answering answering,
      SearchOptions options,
      AnswerOptions answerOptions,
      SupportChecker checker,
      Requester requester,
      EvalSettings settings) {
    return new StoredEvaluations(
        transactions,
        jdbc,
        ledger,
        claims,
        library,
        retriever,
        answering,
        options,
        answerOptions,
        checker,
        requester,
        settings.lease(),
        settings.limits());
  }
}
