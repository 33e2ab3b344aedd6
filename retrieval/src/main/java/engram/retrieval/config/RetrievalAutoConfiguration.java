package engram.retrieval.config;

import engram.db.DatabaseServer;
import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.retrieval.Answerer;
import engram.retrieval.Builds;
import engram.retrieval.ChunkPreviews;
import engram.retrieval.EmbeddingModels;
import engram.retrieval.Library;
import engram.retrieval.PassageInspector;
import engram.retrieval.QueryTransform;
import engram.retrieval.Reranker;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SupportChecker;
import engram.retrieval.TokenCounter;
import engram.retrieval.ask.GroundedAnswerer;
import engram.retrieval.ask.Widening;
import engram.retrieval.ask.WordSupport;
import engram.retrieval.chunk.Chunkers;
import engram.retrieval.cite.Citations;
import engram.retrieval.cite.Layout;
import engram.retrieval.guard.InstructionDetector;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.LuceneIndex;
import engram.retrieval.ingest.ContextWriter;
import engram.retrieval.ingest.Cutter;
import engram.retrieval.ingest.Embedders;
import engram.retrieval.ingest.FilePreviews;
import engram.retrieval.ingest.IngestPipeline;
import engram.retrieval.ingest.Piece;
import engram.retrieval.ingest.Reader;
import engram.retrieval.library.BlobStore;
import engram.retrieval.library.CollectionActivity;
import engram.retrieval.library.Store;
import engram.retrieval.library.StoredBuilds;
import engram.retrieval.library.StoredLibrary;
import engram.retrieval.pack.ModelTokens;
import engram.retrieval.parse.ForkedParser;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.parse.WorkerSettings;
import engram.retrieval.search.LuceneRetriever;
import engram.retrieval.search.RerankedSearch;
import engram.retrieval.search.TransformedSearch;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.util.FileSystemUtils;

/// Wires the retrieval room, in the order in which a document meets its parts: settings, originals,
/// library, parsing and chunking, embedding, ingestion, index and search, answers.
@AutoConfiguration(
    afterName = {
      "engram.db.DatabaseConfiguration",
      "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration"
    })
@EnableConfigurationProperties(RetrievalSettings.class)
@EntityScan("engram.retrieval.library")
public class RetrievalAutoConfiguration {

  // Library

  @Bean
  @ConditionalOnMissingBean
  Store retrievalStore(
      Transactions transactions, EntityManagerFactory entityManagers, JdbcClient sql) {
    return new Store(
        transactions,
        SharedEntityManagerCreator.createSharedEntityManager(entityManagers),
        sql,
        Clock.systemUTC());
  }

  @Bean
  @ConditionalOnMissingBean
  BlobStore blobStore(DatabaseServer server, RetrievalSettings settings) {
    return new BlobStore(
        server.dataFolder().resolve("files"), settings.files().freeSpaceFloor().toBytes());
  }

  @Bean
  @ConditionalOnMissingBean
  StoredLibrary library(
      Store store,
      BlobStore disk,
      JobLedger ledger,
      LuceneIndex index,
      RetrievalSettings settings) {
    RetrievalSettings.Files files = settings.files();
    return new StoredLibrary(
        store,
        disk,
        ledger,
        settings.ingestion().attempts(),
        index,
        index::contains,
        new StoredLibrary.Bounds(
            files.bytesMax().toBytes(),
            files.partBytesMax().toBytes(),
            files.uploadParts(),
            files.uploadExpiry(),
            files.deletionTimeout()));
  }

  @Bean
  @ConditionalOnMissingBean
  Builds builds(
      Store store, JobLedger ledger, LuceneIndex index, ObjectProvider<EmbeddingModels> models) {
    return new StoredBuilds(
        store, ledger, index, models.getIfAvailable(() -> EmbeddingModels.NONE).further().keySet());
  }

  /// For searches: tells that collections are in use.
  @Bean
  @ConditionalOnMissingBean
  CollectionActivity collectionActivity(Store store) {
    return new CollectionActivity(store);
  }

  // Parsing and chunking

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  ForkedParser forkedParser(DatabaseServer server, RetrievalSettings settings) throws IOException {
    RetrievalSettings.Parsing parsing = settings.parsing();
    // On the disk whose free space is watched; what a killed server left there is removed.
    Path temporary = server.dataFolder().resolve("parsing");
    FileSystemUtils.deleteRecursively(temporary);
    Files.createDirectories(temporary);
    return new ForkedParser(
        WorkerSettings.DEFAULT
            .withTemporary(temporary)
            .withWorkersMax(parsing.workers())
            .withHeapMiB(Math.toIntExact(parsing.workerHeap().toMegabytes())));
  }

  @Bean
  @ConditionalOnMissingBean
  Reader reader(ForkedParser parser, RetrievalSettings settings) {
    ParseLimits limits = settings.parseLimits();
    return (file, filename, declaredType, progress, cancelled) ->
        parser.parse(file, filename, declaredType, limits, progress, cancelled);
  }

  @Bean
  @ConditionalOnMissingBean
  Cutter cutter() {
    return (extraction, chunking) -> Piece.of(extraction, Chunkers.of(chunking).chunk(extraction));
  }

  @Bean
  @ConditionalOnMissingBean
  ChunkPreviews chunkPreviews(Reader reader, RetrievalSettings settings) {
    return new FilePreviews(reader, settings.ingestion().chunksMax());
  }

  // Ingestion

  @Bean
  @ConditionalOnMissingBean
  IngestPipeline ingestion(
      Store store,
      BlobStore disk,
      JobLedger ledger,
      JobClaims claims,
      StoredLibrary library,
      Reader reader,
      Cutter cutter,
      ObjectProvider<ChatModel> chatModel,
      ObjectProvider<EmbeddingModel> embeddingModel,
      ObjectProvider<EmbeddingModels> embeddingModels,
      ObjectProvider<MeterRegistry> registry,
      RetrievalSettings settings) {
    RetrievalSettings.Ingestion ingestion = settings.ingestion();
    ChatModel writer = chatModel.getIfUnique();
    return new IngestPipeline(
        store,
        disk,
        ledger,
        claims,
        library.sweep(),
        reader,
        cutter,
        writer == null ? null : new ContextWriter(writer, ingestion.toContextSettings()),
        Embedders.of(
            models(embeddingModel, embeddingModels, ingestion), ingestion.embeddingBatch()),
        new IngestPipeline.Bounds(ingestion.lease(), ingestion.attempts(), ingestion.chunksMax()),
        registry.getIfAvailable(SimpleMeterRegistry::new));
  }

  private static EmbeddingModels models(
      ObjectProvider<EmbeddingModel> standard,
      ObjectProvider<EmbeddingModels> named,
      RetrievalSettings.Ingestion ingestion) {
    EmbeddingModel model = standard.getIfUnique();
    return new EmbeddingModels(
        model == null ? null : new EmbeddingModels.Named(ingestion.embeddingModel(), model),
        named.getIfAvailable(() -> EmbeddingModels.NONE).further());
  }

  // Index and search

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  LuceneIndex luceneIndex(
      DatabaseServer server,
      Transactions transactions,
      DataSource dataSource,
      RetrievalSettings settings) {
    RetrievalSettings.Index index = settings.index();
    return LuceneIndex.open(
        server.dataFolder().resolve("index"),
        new IndexSettings(
            index.ramBuffer().toBytes(),
            index.filterCache().toBytes(),
            index.changesMax(),
            index.checkedMax().toBytes(),
            index.rebuildSlice(),
            index.graphFrom()),
        transactions,
        dataSource);
  }

  @Bean
  @ConditionalOnMissingBean
  Retriever retriever(
      LuceneIndex index,
      Transactions transactions,
      DataSource dataSource,
      ObjectProvider<EmbeddingModel> embeddingModel,
      ObjectProvider<EmbeddingModels> embeddingModels,
      ObjectProvider<Reranker> rerankers,
      ObjectProvider<QueryTransform> transforms,
      CollectionActivity activity,
      RetrievalSettings settings) {
    Retriever found =
        new LuceneRetriever(
            index,
            transactions,
            dataSource,
            settings.search().toSettings(),
            models(embeddingModel, embeddingModels, settings.ingestion()));
    Reranker reranker = rerankers.getIfAvailable();
    if (reranker != null) {
      found = new RerankedSearch(found, reranker);
    }
    QueryTransform transform = transforms.getIfAvailable();
    Retriever searched = transform == null ? found : new TransformedSearch(found, transform);
    return (access, request) -> {
      SearchPage page = searched.search(access, request);
      activity.touch(access.tenant(), request.collections());
      return page;
    };
  }

  /// Static, as the next one is: it needs nothing, and measurements take it without a context.
  @Bean
  @ConditionalOnMissingBean
  public static PassageInspector passageInspector() {
    return InstructionDetector.FITTED;
  }

  // Answers

  @Bean
  @ConditionalOnMissingBean
  public static SupportChecker supportChecker() {
    return new WordSupport();
  }

  @Bean
  @ConditionalOnMissingBean
  Layout layout(Transactions transactions, JdbcClient sql) {
    return new Layout(transactions, sql);
  }

  /// Answers by quoting over any retriever, without flags: for measurements of what is packed.
  public static Answerer quoting(Retriever retriever, RetrievalSettings.Ask settings) {
    return new GroundedAnswerer(
        retriever,
        Widening.Around.NOTHING,
        settings.packSettings(),
        (text, start) -> List.of(),
        Citations.withoutLayout(),
        null,
        ModelTokens.OF_CHUNKS,
        settings.toSettings());
  }

  @Bean
  @ConditionalOnMissingBean
  GroundedAnswerer answerer(
      Retriever retriever,
      Library library,
      PassageInspector inspector,
      Layout layout,
      ObjectProvider<ChatModel> chatModel,
      ObjectProvider<TokenCounter> tokenCounter,
      RetrievalSettings settings) {
    ChatModel model = chatModel.getIfUnique();
    return new GroundedAnswerer(
        retriever,
        library::around,
        settings.ask().packSettings(),
        inspector,
        new Citations(layout::narrowed),
        model,
        model == null
            ? ModelTokens.OF_CHUNKS
            : ModelTokens.of(model.getOptions().getModel(), tokenCounter.getIfAvailable()),
        settings.ask().toSettings());
  }
}
