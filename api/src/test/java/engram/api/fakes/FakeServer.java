package engram.api.fakes;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.jobs.WorkerSettings;
import engram.api.jobs.Workers;
import engram.api.memory.MemoryUse;
import engram.api.memory.TurnMemory;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Verb;
import engram.api.usage.Traffic;
import engram.api.web.ConnectionValve;
import engram.db.JobLedger;
import engram.db.TenantScope;
import engram.db.TestDatabase;
import engram.db.Transactions;
import engram.memory.AccessHistory;
import engram.memory.EventLog;
import engram.memory.LevelKeeping;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.Turns;
import engram.retrieval.Access;
import engram.retrieval.Builds;
import engram.retrieval.ChunkPreviews;
import engram.retrieval.Ingestion;
import engram.retrieval.Library;
import engram.retrieval.PassageInspector;
import engram.retrieval.config.RetrievalAutoConfiguration;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.MultipartAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.MethodParameter;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/// The controllers of both surfaces over the fakes, on a real port and a real database. Keys are
/// not checked: the header `Test-Key` names the caller.
// No configuration by annotation: the scan of the whole product would find it.
@ImportAutoConfiguration({
  PropertyPlaceholderAutoConfiguration.class,
  JacksonAutoConfiguration.class,
  HttpMessageConvertersAutoConfiguration.class,
  TomcatServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class,
  WebMvcAutoConfiguration.class,
  MultipartAutoConfiguration.class
})
@ComponentScan({
  "engram.api.engine",
  "engram.api.openai",
  "engram.api.rest",
  "engram.api.signals",
  "engram.api.error",
  "engram.api.erase",
  "engram.api.wiring"
})
public class FakeServer {
  public static final UUID TENANT = UUID.fromString("00000000-0000-0000-0000-00000000000a");

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> connections() {
    return factory -> factory.addEngineValves(new ConnectionValve());
  }

  @Bean(destroyMethod = "close")
  TestDatabase database() {
    TestDatabase database = TestDatabase.fresh();
    database
        .transactions()
        .inSystem(() -> {
          database
              .jdbc()
              .sql("insert into tenants (id, name) values (?, 'default')")
              .param(TENANT)
              .update();
        });
    return database;
  }

  @Bean
  Transactions transactions(TestDatabase database) {
    return database.transactions();
  }

  @Bean
  JdbcClient jdbc(TestDatabase database) {
    return database.jdbc();
  }

  @Bean
  JobLedger ledger(JdbcClient jdbc, Transactions transactions) {
    return new JobLedger(jdbc, transactions, JsonMapper.shared());
  }

  @Bean
  Budgets budgets(JdbcClient jdbc, Transactions transactions) {
    return new Budgets(
        jdbc, transactions, new Traffic(jdbc, transactions, Clock.systemUTC()), Clock.systemUTC());
  }

  /// Nobody remembers anything here.
  @Bean
  TurnMemory turnMemory() {
    return new TurnMemory(
        new Turns() {
          @Override
          public Recollection recall(Turn turn, int items, int budgetTokens) {
            return new Recollection(List.of(), List.of(), 0);
          }

          @Override
          public boolean isThere(Turn turn, Recollection recollection) {
            return true;
          }

          @Override
          public List<EventLog.Appended> keep(Turn turn, String answer, Instant answeredAt) {
            return List.of();
          }
        },
        new LevelKeeping() {
          @Override
          public void recalled(Recall.Result result) {}

          @Override
          public boolean summariseNext() {
            return false;
          }
        },
        new MemoryUse(
            new AccessHistory() {
              @Override
              public void add(
                  MemoryScope scope,
                  String actor,
                  String operation,
                  boolean writes,
                  List<Long> items,
                  String requestId) {}

              @Override
              public List<Access> read(MemoryScope scope, Query query, int limit) {
                return List.of();
              }

              @Override
              public boolean flush() {
                return false;
              }

              @Override
              public int forgetBefore(Instant time, int limit) {
                return 0;
              }
            }),
        Clock.systemUTC());
  }

  @Bean
  Tenants tenants(JdbcClient jdbc, Transactions transactions) {
    return new Tenants(jdbc, transactions);
  }

  @Bean
  Audit audit(JdbcClient jdbc, Transactions transactions) {
    return new Audit(jdbc, transactions, JsonMapper.shared());
  }

  @Bean
  FakeLibrary library() {
    return new FakeLibrary();
  }

  @Bean
  ChunkPreviews previews() {
    return (file, filename, mediaType, chunking, cancelled) -> {
      throw new UnsupportedOperationException("no fake previews yet");
    };
  }

  @Bean
  PassageInspector inspector() {
    return RetrievalAutoConfiguration.passageInspector();
  }

  @Bean
  Builds builds() {
    return new FakeBuilds();
  }

  @Bean
  FakeSearch search(Library library) {
    return new FakeSearch((FakeLibrary) library);
  }

  /// None of them ingests: documents of the fake library are finished at once.
  @Bean
  Workers workers(FakeSearch search) {
    Duration often = Duration.ofMillis(250);
    return new Workers(
        new Ingestion() {
          @Override
          public boolean ingestNext(String worker) {
            return false;
          }

          @Override
          public boolean buildNext(String worker, BooleanSupplier stopping) {
            return false;
          }

          @Override
          public void sweep(Duration graceOfOrphans) {}

          @Override
          public void forgetOld(Duration receipts, int fileVersions, Duration retiredBuilds) {}

          @Override
          public int queueMissingVectors(int limit) {
            return 0;
          }
        },
        search,
        () -> false,
        new WorkerSettings(0, often, often, often, often, 1));
  }

  @Bean
  Filter tenantScope() {
    return (request, response, chain) -> {
      try {
        TenantScope.<Boolean, Exception>callAs(
            TENANT,
            () -> {
              chain.doFilter(request, response);
              return true;
            });
      } catch (IOException | ServletException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new ServletException(e);
      }
    };
  }

  @Bean
  WebMvcConfigurer callers() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new Callers());
      }
    };
  }

  private static final class Callers implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Caller.class
          || parameter.getParameterType() == Access.class;
    }

    @Override
    public Object resolveArgument(
        MethodParameter parameter,
        ModelAndViewContainer view,
        NativeWebRequest request,
        WebDataBinderFactory binders) {
      String key = request.getHeader("Test-Key");
      String name = key == null ? "key_1" : key;
      Access access =
          new Access(TENANT, name, name.equals("operator"), Set.of("user:" + name), null, null);
      return parameter.getParameterType() == Access.class
          ? access
          : new Caller(name, name, Set.of(Verb.READ, Verb.CHAT), access, "req_1");
    }
  }
}
