package engram.memory.config;

import engram.db.DatabaseServer;
import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.memory.AccessHistory;
import engram.memory.Consolidation;
import engram.memory.ConversationImport;
import engram.memory.EpisodeKeeping;
import engram.memory.EventLog;
import engram.memory.FactExtractor;
import engram.memory.FactLearning;
import engram.memory.Facts;
import engram.memory.Forgetting;
import engram.memory.KeyVault;
import engram.memory.LevelBank;
import engram.memory.LevelKeeping;
import engram.memory.MemoryCopies;
import engram.memory.Pins;
import engram.memory.Recall;
import engram.memory.Retention;
import engram.memory.Summariser;
import engram.memory.Surprise;
import engram.memory.TextVectors;
import engram.memory.Transfer;
import engram.memory.Turns;
import engram.memory.Versions;
import engram.memory.consolidate.Covers;
import engram.memory.consolidate.StoredConsolidation;
import engram.memory.control.PinnedRecall;
import engram.memory.control.StoredAccessHistory;
import engram.memory.control.StoredPins;
import engram.memory.control.StoredRetention;
import engram.memory.episode.EpisodeRows;
import engram.memory.episode.Episodes;
import engram.memory.episode.LogSegmenter;
import engram.memory.episode.StoredEpisodes;
import engram.memory.extract.LogLearner;
import engram.memory.extract.PatternFacts;
import engram.memory.extract.PatternsAndModel;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.index.EventSearch;
import engram.memory.index.LogFollower;
import engram.memory.index.Meanings;
import engram.memory.level.LevelSteps;
import engram.memory.level.SentencePicks;
import engram.memory.level.StoredLevels;
import engram.memory.level.SummaryRows;
import engram.memory.log.EventRows;
import engram.memory.log.StoredEventLog;
import engram.memory.read.StoredConversationImport;
import engram.memory.recall.StoredRecall;
import engram.memory.scope.LogReaders;
import engram.memory.scope.MemoryTransactions;
import engram.memory.transfer.StoredTransfer;
import engram.memory.turn.StoredTurns;
import engram.memory.vault.FileKeyVault;
import engram.memory.vault.ReceiptSigner;
import engram.memory.vault.SubjectCiphers;
import engram.memory.version.StoredVersions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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

  /// Indexing can wait for a batch; a recall cannot wait for its question.
  private static final Duration VECTORS_PATIENCE = Duration.ofSeconds(30);

  private static final Duration RECALL_PATIENCE = Duration.ofSeconds(2);
  private static final Duration VECTORS_PAUSE = Duration.ofSeconds(30);

  private static @Nullable Meanings recallMeanings(ObjectProvider<TextVectors> vectors) {
    @Nullable TextVectors given = vectors.getIfAvailable();
    return given == null ? null : new Meanings(given, RECALL_PATIENCE, VECTORS_PAUSE);
  }

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
    return LogFollower.open(
        server.dataFolder().resolve("memory-index"),
        plain,
        transactions,
        jdbc,
        rows,
        meanings(vectors));
  }

  private static @Nullable Meanings meanings(ObjectProvider<TextVectors> vectors) {
    @Nullable TextVectors given = vectors.getIfAvailable();
    return given == null ? null : new Meanings(given, VECTORS_PATIENCE, VECTORS_PAUSE);
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

  /// Patterns alone unless the settings say otherwise: a model is asked once for each event.
  @Bean
  @ConditionalOnMissingBean
  FactLearning factLearning(
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows rows,
      StoredFacts facts,
      MemorySettings settings,
      ObjectProvider<FactExtractor> model) {
    return new LogLearner(
        plain, transactions, jdbc, rows, facts, extractor(settings, model.getIfAvailable()));
  }

  private static FactExtractor extractor(MemorySettings settings, @Nullable FactExtractor model) {
    PatternFacts patterns = new PatternFacts();
    return switch (settings.facts().extractor()) {
      case PATTERNS -> patterns;
      case MODEL -> {
        if (model == null) {
          throw new IllegalStateException(
              "engram.memory.facts.extractor is model, and there is none; name one under"
                  + " engram.chat, or use patterns");
        }
        yield new PatternsAndModel(patterns, model);
      }
    };
  }

  @Bean
  @ConditionalOnMissingBean
  Recall recall(
      LogFollower follower,
      MemoryTransactions transactions,
      EventRows rows,
      Pins pins,
      JdbcClient jdbc,
      StoredEpisodes episodes,
      ObjectProvider<TextVectors> vectors) {
    Recall found =
        new StoredRecall(
            new EventSearch(follower),
            transactions,
            rows,
            episodes,
            new Covers(jdbc),
            recallMeanings(vectors),
            Clock.systemUTC());
    return new PinnedRecall(found, pins, transactions, rows);
  }

  @Bean
  StoredEpisodes storedEpisodes(MemoryTransactions transactions, JdbcClient jdbc) {
    return new StoredEpisodes(transactions, jdbc);
  }

  @Bean
  SummaryRows summaryRows(JdbcClient jdbc, SubjectCiphers ciphers) {
    return new SummaryRows(jdbc, ciphers);
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
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows rows,
      SummaryRows summaries,
      StoredFacts facts) {
    return new StoredVersions(transactions, jdbc, rows, summaries, facts);
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
  LevelBank levelBank(
      MemoryTransactions transactions, JdbcClient jdbc, SummaryRows rows, MemorySettings settings) {
    return new StoredLevels(
        transactions, jdbc, rows, settings.levels().checked(), Clock.systemUTC());
  }

  /// Extracts, unless the room above brings a [Summariser]. What is new in a user's levels is
  /// consolidated next.
  @Bean
  @ConditionalOnMissingBean
  LevelKeeping levelKeeping(
      LogReaders readers,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SummaryRows rows,
      Consolidation consolidation,
      MemorySettings settings,
      ObjectProvider<Summariser> summariser) {
    return new LevelSteps(
        readers,
        transactions,
        jdbc,
        events,
        rows,
        settings.levels().writer() == MemorySettings.Writer.EXTRACTIVE
            ? new SentencePicks()
            : summariser.getIfAvailable(SentencePicks::new),
        settings.levels().checked(),
        place -> consolidation.enqueue(place.tenant(), place.user()),
        Clock.systemUTC());
  }

  @Bean
  @ConditionalOnMissingBean
  Consolidation consolidation(
      JobLedger ledger,
      JobClaims claims,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SubjectCiphers ciphers) {
    return new StoredConsolidation(ledger, claims, transactions, jdbc, events, ciphers);
  }

  @Bean
  LogReaders logReaders(Transactions plain, MemoryTransactions transactions, JdbcClient jdbc) {
    return new LogReaders(plain, transactions, jdbc);
  }

  /// The room above may bring a [Surprise]; an inference engine can stand behind it.
  @Bean
  @ConditionalOnMissingBean
  EpisodeKeeping episodeKeeping(
      LogReaders readers,
      MemoryTransactions transactions,
      EventRows rows,
      JdbcClient jdbc,
      MemorySettings settings,
      ObjectProvider<Surprise> surprise) {
    MemorySettings.Episodes chosen = settings.episodes();
    return new LogSegmenter(
        readers,
        transactions,
        rows,
        new EpisodeRows(jdbc),
        new Episodes(Segmenters.of(chosen, surprise.getIfAvailable()), chosen.gap()));
  }

  @Bean
  @ConditionalOnMissingBean
  Forgetting forgetting(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SubjectCiphers ciphers,
      StoredFacts facts,
      LogFollower follower,
      ReceiptSigner signer,
      ObjectProvider<MemoryCopies> copies) {
    return new StoredForgetting(
        transactions,
        jdbc,
        ciphers,
        facts,
        follower,
        signer,
        copies.orderedStream().toList(),
        Clock.systemUTC());
  }
}
