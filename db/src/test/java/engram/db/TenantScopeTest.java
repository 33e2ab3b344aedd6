package engram.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

class TenantScopeTest {
  private static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Transactions transactions = DATABASE.transactions();
  private UUID one;
  private UUID two;

  @BeforeEach
  void addTenants() {
    one = DATABASE.tenant("one " + UUID.randomUUID());
    two = DATABASE.tenant("two " + UUID.randomUUID());
  }

  @Test
  void theTestLoginIsBoundByPolicies() {
    assertThat(
            DATABASE
                .jdbc()
                .sql("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
                .query(Boolean.class)
                .single())
        .isFalse();
  }

  @Test
  void everyTableOfTenantsForcesItsPolicies() {
    List<String> tables =
        DATABASE
            .jdbc()
            .sql(
                """
                select c.relname || ' ' || (c.relrowsecurity and c.relforcerowsecurity)
                from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'public' and c.relkind in ('r', 'p') and exists (
                  select 1 from pg_attribute a
                  where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
                """)
            .query(String.class)
            .list();
    assertThat(tables).hasSizeGreaterThan(10).allMatch(table -> table.endsWith(" true"));
  }

  @Test
  void aTenantSeesItsOwnRowsOnly() {
    assertThat(transactions.inTenant(one, this::visible)).containsExactly(one);
    assertThat(transactions.readInTenant(two, this::visible)).containsExactly(two);
  }

  @Test
  void theSystemSeesAll() {
    assertThat(transactions.inSystem(this::visible)).contains(one, two);
    assertThat(transactions.readInSystem(this::visible)).contains(one, two);
  }

  @Test
  void withoutAScopeNothingIsSeen() {
    assertThat(transactions.inCurrent(this::visible)).isEmpty();
  }

  @Test
  void withoutATransactionNothingIsSeenEvenInAScope() {
    assertThat(TenantScope.callAsSystem(this::visible)).isEmpty();
  }

  @Test
  void aPooledConnectionKeepsNoScope() {
    for (int i = 0; i < 20; i++) {
      transactions.inSystem(this::visible);
      assertThat(visible()).isEmpty();
      assertThat(transactions.inCurrent(this::visible)).isEmpty();
    }
  }

  @Test
  void aTenantCannotWriteForAnother() {
    assertThatThrownBy(() ->
            transactions.inTenant(
                one,
                () ->
                    DATABASE
                        .jdbc()
                        .sql("insert into tenants (id, name) values (:id, 'planted')")
                        .param("id", UUID.randomUUID())
                        .update()))
        .hasStackTraceContaining("violates row-level security policy");
  }

  @Test
  void aTransactionCannotBeJoinedUnderAnotherScope() {
    assertThatThrownBy(() ->
            transactions.inTenant(
                one,
                () -> {
                  transactions.inTenant(two, this::visible);
                }))
        .isInstanceOf(IllegalTransactionStateException.class);
    assertThat(transactions.inTenant(two, this::visible)).containsExactly(two);
  }

  @Test
  void aTransactionOfItsOwnMayHaveAnotherScopeAndTheOuterOneKeepsIts() {
    var separate = new TransactionTemplate(DATABASE.transactionManager());
    separate.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    transactions.inTenant(
        one,
        () -> {
          List<UUID> inner = TenantScope.callAs(two, () -> separate.execute(status -> visible()));
          assertThat(inner).containsExactly(two);
          assertThat(visible()).containsExactly(one);
          assertThat(transactions.inTenant(one, this::visible)).containsExactly(one);
        });
  }

  @Test
  void currentTellsTheBinding() {
    assertThat(TenantScope.current()).isEqualTo(new Scope.Nobody());
    TenantScope.runAs(one, () -> assertThat(TenantScope.tenant()).isEqualTo(one));
    assertThatThrownBy(TenantScope::tenant).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> TenantScope.callAsSystem(TenantScope::tenant))
        .isInstanceOf(IllegalStateException.class);
  }

  private List<UUID> visible() {
    return DATABASE.jdbc().sql("select id from tenants").query(UUID.class).list();
  }
}
