package engram.memory.config;

import engram.db.DatabaseServer;
import engram.db.Transactions;
import engram.memory.AccessHistory;
import engram.memory.ConversationImport;
import engram.memory.EventLog;
import engram.memory.FactExtractor;
import engram.memory.FactLearning;
import engram.memory.Facts;
import engram.memory.Forgetting;
import engram.memory.KeyVault;
import engram.memory.Pins;
import engram.memory.Recall;
import engram.memory.Retention;
import engram.memory.TextVectors;
import engram.memory.Transfer;
import engram.memory.Turns;
import engram.memory.Versions;
import engram.memory.control.PinnedRecall;
import engram.memory.control.StoredAccessHistory;
import engram.memory.control.StoredPins;
import engram.memory.control.StoredRetention;
import engram.memory.extract.LogLearner;
import engram.memory.extract.PatternFacts;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.index.EventSearch;
import engram.memory.index.LogFollower;
import engram.memory.log.EventRows;
import engram.memory.log.StoredEventLog;
import engram.memory.read.StoredConversationImport;
import engram.memory.recall.StoredRecall;
import engram.memory.scope.MemoryTransactions;
import engram.memory.transfer.StoredTransfer;
import engram.memory.turn.StoredTurns;
import engram.memory.vault.FileKeyVault;
import engram.memory.vault.ReceiptSigner;
import engram.memory.vault.SubjectCiphers;
import engram.memory.version.StoredVersions;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Wires the memory room. Vectors are used where the room above brings a [TextVectors].
@AutoConfiguration(afterName = "engram.retrieval.config.RetrievalAutoConfiguration")
@EnableConfigurationProperties(MemorySettings.class)
public class MemoryAutoConfiguration {

  private static Path keyFolder(DatabaseServer server, MemorySettings settings) {
    return settings.keyFolder() == null
        ? server.dataFolder().resolve("memory-keys")
        : Path.of(settings.keyFolder());
  }

  @Bean
  @ConditionalOnMissingBean
  KeyVault keyVault(DatabaseServer server, MemorySettings settings) {
    return FileKeyVault.open(keyFolder(server, settings));
  }

  @Bean
  @ConditionalOnMissingBean
  ReceiptSigner receiptSigner(DatabaseServer server, MemorySettings settings, KeyVault vault) {
    return ReceiptSigner.open(keyFolder(server, settings));
  }

  @Bean
  SubjectCiphers subjectCiphers(KeyVault vault) {
    return new SubjectCiphers(vault);
  }

  @Bean
  MemoryTransactions memoryTransactions(
      Transactions transactions, JdbcClient jdbc, SubjectCiphers ciphers) {
    return new MemoryTransactions(transactions, jdbc, ciphers::observed);
  }

  @Bean
  EventRows eventRows(JdbcClient jdbc, SubjectCiphers ciphers) {
    return new EventRows(jdbc, ciphers);
  }

  @Bean
  LogFollower logFollower(
      DatabaseServer server,
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows rows,
      ObjectProvider<TextVectors> vectors) {
    @Nullable TextVectors given = vectors.getIfAvailable();
    return LogFollower.open(
        server.dataFolder().resolve("memory-index"), plain, transactions, jdbc, rows, given);
  }

  @Bean
  @ConditionalOnMissingBean
  EventLog eventLog(MemoryTransactions transactions, JdbcClient jdbc, SubjectCiphers ciphers) {
    return new StoredEventLog(transactions, jdbc, ciphers, place -> {});
  }

  @Bean
  @ConditionalOnMissingBean
  ConversationImport conversationImport(EventLog log) {
    return new StoredConversationImport(log);
  }

  @Bean
  StoredFacts facts(MemoryTransactions transactions, JdbcClient jdbc, SubjectCiphers ciphers) {
    return new StoredFacts(transactions, jdbc, ciphers, Clock.systemUTC());
  }

  /// Patterns, unless the room above brings something better.
  @Bean
  @ConditionalOnMissingBean
  FactExtractor factExtractor() {
    return new PatternFacts();
  }

  @Bean
  @ConditionalOnMissingBean
  FactLearning factLearning(
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows rows,
      StoredFacts facts,
      FactExtractor extractor) {
    return new LogLearner(plain, transactions, jdbc, rows, facts, extractor);
  }

  @Bean
  @ConditionalOnMissingBean
  Recall recall(
      LogFollower follower,
      MemoryTransactions transactions,
      EventRows rows,
      Pins pins,
      ObjectProvider<TextVectors> vectors) {
    Recall found =
        new StoredRecall(
            new EventSearch(follower),
            transactions,
            rows,
            vectors.getIfAvailable(),
            Clock.systemUTC());
    return new PinnedRecall(found, pins, transactions, rows);
  }

  @Bean
  @ConditionalOnMissingBean
  Pins pins(MemoryTransactions transactions, JdbcClient jdbc) {
    return new StoredPins(transactions, jdbc);
  }

  @Bean
  @ConditionalOnMissingBean
  AccessHistory accessHistory(
      Transactions plain, MemoryTransactions transactions, JdbcClient jdbc) {
    return new StoredAccessHistory(plain, transactions, jdbc, Clock.systemUTC());
  }

  @Bean
  @ConditionalOnMissingBean
  Retention memoryRetention(
      Transactions plain, MemoryTransactions transactions, JdbcClient jdbc, Forgetting forgetting) {
    return new StoredRetention(plain, transactions, jdbc, forgetting, Clock.systemUTC());
  }

  @Bean
  @ConditionalOnMissingBean
  Versions versions(
      MemoryTransactions transactions, JdbcClient jdbc, EventRows rows, StoredFacts facts) {
    return new StoredVersions(transactions, jdbc, rows, facts);
  }

  @Bean
  @ConditionalOnMissingBean
  Transfer transfer(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows rows,
      EventLog log,
      StoredFacts facts) {
    return new StoredTransfer(transactions, jdbc, rows, log, facts);
  }

  @Bean
  @ConditionalOnMissingBean
  Turns turns(EventLog log, Recall recall, Facts facts) {
    return new StoredTurns(log, recall, facts);
  }

  @Bean
  @ConditionalOnMissingBean
  Forgetting forgetting(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SubjectCiphers ciphers,
      StoredFacts facts,
      LogFollower follower,
      ReceiptSigner signer) {
    return new StoredForgetting(
        transactions, jdbc, ciphers, facts, follower, signer, Clock.systemUTC());
  }
}
