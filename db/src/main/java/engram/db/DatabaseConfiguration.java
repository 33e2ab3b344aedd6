package engram.db;

import jakarta.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// Wires the database for the whole application: server, pool, migrations, scoped transactions, job
/// ledger. Every bean here replaces Spring Boot's own of the same kind.
@AutoConfiguration(
    before = {
      DataSourceAutoConfiguration.class,
      FlywayAutoConfiguration.class,
      HibernateJpaAutoConfiguration.class,
      TransactionAutoConfiguration.class
    })
@EnableConfigurationProperties(DatabaseProperties.class)
public class DatabaseConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseConfiguration.class);

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  DatabaseServer databaseServer(DatabaseProperties properties) {
    return DatabaseServer.open(properties, LOG::info);
  }

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  DataSource dataSource(DatabaseServer server) {
    return server.pool();
  }

  @Bean
  FlywayConfigurationCustomizer scopedMigrations() {
    return Migrations::configure;
  }

  @Bean
  @ConditionalOnMissingBean
  ScopedTransactionManager transactionManager(EntityManagerFactory entityManagers) {
    return new ScopedTransactionManager(entityManagers);
  }

  @Bean
  @ConditionalOnMissingBean
  Transactions transactions(ScopedTransactionManager manager) {
    return new Transactions(manager);
  }

  @Bean
  @ConditionalOnMissingBean
  JobLedger jobLedger(JdbcClient jdbc, Transactions transactions) {
    return new JobLedger(jdbc, transactions, JsonMapper.shared());
  }

  @Bean
  @ConditionalOnMissingBean
  JobClaims jobClaims(JdbcClient jdbc, Transactions transactions) {
    return new JobClaims(jdbc, transactions, JsonMapper.shared());
  }
}
