package engram.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JobLedgerTest {
  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration BLINK = Duration.ofMillis(150);

  private final Transactions transactions = DATABASE.transactions();
  private final JobLedger ledger = DATABASE.jobs();
  private final JobClaims claims =
      new JobClaims(
          DATABASE.jdbc(),
          transactions,
          JsonMapper.shared(),
          new JobClaims.Backoff(Duration.ofMillis(20), Duration.ofMillis(50)));
  private UUID tenant;

  @BeforeEach
  void emptyTheLedger() {
    transactions.inSystem(() -> DATABASE.jdbc().sql("delete from jobs").update());
    tenant = DATABASE.tenant("tenant " + UUID.randomUUID());
  }

  @Test
  void aJobIsClaimedWithItsParametersAndEndsOnce() {
    UUID id = enqueue("a");
    Job.Claim claim = claim("worker").orElseThrow();
    assertThat(claim.id()).isEqualTo(id);
    assertThat(claim.tenant()).isEqualTo(tenant);
    assertThat(claim.params().get("n").asInt()).isEqualTo(7);
    assertThat(claim.attempt()).isEqualTo(1);
    assertThat(claim("other")).isEmpty();
    assertThat(claims.progress(claim, Map.of("done", 3))).isTrue();
    assertThat(job(id).progress().get("done").asInt()).isEqualTo(3);
    assertThat(claims.succeed(claim)).isTrue();
    assertThat(claims.succeed(claim)).as("the second end").isFalse();
    assertThat(job(id).state()).isEqualTo(Job.State.SUCCEEDED);
    assertThat(job(id).finishedAt()).isNotNull();
  }

  @Test
  void askingTwiceIsAskingOnceWhileTheJobLives() {
    UUID id = enqueue("a");
    assertThat(enqueue("a")).isEqualTo(id);
    Job.Claim claim = claim("worker").orElseThrow();
    assertThat(enqueue("a")).as("while it runs").isEqualTo(id);
    claims.succeed(claim);
    assertThat(enqueue("a")).as("after its end").isNotEqualTo(id);
    UUID other = DATABASE.tenant("other " + UUID.randomUUID());
    assertThat(transactions.inTenant(other, () -> ledger.enqueue("ingest", "a", Map.of(), 0)))
        .as("another tenant's")
        .isNotEqualTo(id);
  }

  @Test
  void aJobIsEnqueuedWithTheCallersTransactionOrNotAtAll() {
    assertThatThrownBy(() ->
            transactions.inTenant(
                tenant,
                () -> {
                  ledger.enqueue("ingest", "a", Map.of(), 0);
                  throw new IllegalArgumentException("no");
                }))
        .hasMessage("no");
    assertThat(claim("worker")).isEmpty();
  }

  @Test
  void racingClaimersNeverGetTheSameJob() throws Exception {
    int count = 60;
    for (int i = 0; i < count; i++) {
      enqueue("s" + i);
    }
    Set<UUID> claimed = ConcurrentHashMap.newKeySet();
    Callable<Integer> claimer =
        () -> {
          int mine = 0;
          for (var c = claim("w"); c.isPresent(); c = claim("w")) {
            assertThat(claimed.add(c.get().id())).as("claimed once").isTrue();
            mine++;
          }
          return mine;
        };
    int sum = 0;
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> f : pool.invokeAll(List.of(claimer, claimer, claimer, claimer))) {
        sum += f.get();
      }
    }
    assertThat(sum).isEqualTo(count);
  }

  @Test
  void aSilentWorkersJobGoesToAnotherAndTheSilentOneIsFenced() {
    UUID id = enqueue("a");
    Job.Claim silent = claims.claim(Set.of("ingest"), "worker", BLINK).orElseThrow();
    // The same name on purpose: a name alone must not pass for the claim.
    Job.Claim second = awaitClaim("worker");
    assertThat(second.id()).isEqualTo(id);
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(claims.heartbeat(silent, MINUTE)).isFalse();
    assertThat(claims.progress(silent, Map.of("done", 1))).isFalse();
    assertThat(claims.succeed(silent)).isFalse();
    assertThat(claims.failFinal(silent, "x", "y")).isFalse();
    assertThat(claims.failRetry(silent, "x", "y")).isFalse();
    assertThat(claims.heartbeat(second, MINUTE)).isTrue();
    assertThat(claims.succeed(second)).isTrue();
  }

  @Test
  void aHeartbeatKeepsTheClaim() {
    enqueue("a");
    Job.Claim claim = claims.claim(Set.of("ingest"), "worker", Duration.ofSeconds(2)).orElseThrow();
    assertThat(claims.heartbeat(claim, MINUTE)).isTrue();
    Awaitility.await()
        .pollDelay(Duration.ofMillis(2200))
        .untilAsserted(() -> assertThat(claim("other")).isEmpty());
    assertThat(claims.succeed(claim)).isTrue();
  }

  @Test
  void aLongQueueDoesNotStarveAnothersShortOne() {
    transactions.inSystem(() -> {
      DATABASE
          .jdbc()
          .sql(
              """
              insert into jobs (id, tenant_id, kind, subject, max_attempts, priority)
              select gen_random_uuid(), :tenant, 'ingest', 's' || n, 5, 1000
              from generate_series(1, 100000) n\
              """)
          .param("tenant", tenant)
          .update();
    });
    UUID small = DATABASE.tenant("small " + UUID.randomUUID());
    transactions.inTenant(small, () -> ledger.enqueue("ingest", "only", Map.of(), -5));
    List<UUID> served = new ArrayList<>();
    long began = System.nanoTime();
    for (int i = 0; i < 4; i++) {
      served.add(claim("worker").orElseThrow().tenant());
    }
    System.out.printf(
        "Job ledger: a claim among 100,001 took %d ms%n", (System.nanoTime() - began) / 4_000_000);
    assertThat(served.subList(0, 2)).contains(small, tenant);
    assertThat(served.subList(2, 4)).containsOnly(tenant);
  }

  @Test
  void withinATenantPriorityThenAgeDecides() {
    UUID old = enqueue("old");
    UUID young = enqueue("young");
    UUID urgent =
        transactions.inTenant(tenant, () -> ledger.enqueue("ingest", "urgent", Map.of(), 9));
    assertThat(List.of(claim("w"), claim("w"), claim("w")).stream().map(c -> c.orElseThrow().id()))
        .containsExactly(urgent, old, young);
  }

  @Test
  void onlyAskedKindsAreClaimedAndNoneBeforeItsTime() {
    transactions.inTenant(
        tenant,
        () -> {
          ledger.enqueue("delete", "a", Map.of(), 0);
          ledger.enqueue(new Job.Request("ingest", "later", Map.of(), 0, 3, MINUTE));
        });
    assertThat(claim("worker")).isEmpty();
    assertThat(claims.claim(Set.of("delete", "x"), "worker", MINUTE)).isPresent();
  }

  @Test
  void aFailureIsTriedAgainAndDeadAfterTheLastAttempt() {
    UUID id =
        transactions.inTenant(
            tenant,
            () -> ledger.enqueue(new Job.Request("ingest", "a", Map.of(), 0, 2, Duration.ZERO)));
    assertThat(claims.failRetry(claim("w").orElseThrow(), "timeout", "slow\0source")).isTrue();
    assertThat(job(id).state()).isEqualTo(Job.State.QUEUED);
    assertThat(job(id).errorCode()).isEqualTo("timeout");
    assertThat(job(id).errorMessage()).isEqualTo("slow source");
    claims.failRetry(awaitClaim("w"), "timeout", "again");
    assertThat(job(id).state()).isEqualTo(Job.State.DEAD);
    assertThat(transactions.inTenant(tenant, () -> ledger.retry(id))).isTrue();
    Job.Claim again = awaitClaim("w");
    assertThat(again.attempt()).isEqualTo(1);
    claims.failFinal(again, "bad", "never");
    assertThat(job(id).state()).isEqualTo(Job.State.FAILED);
  }

  @Test
  void aWorkerThatKeepsDyingMakesItsJobDead() {
    UUID id =
        transactions.inTenant(
            tenant,
            () -> ledger.enqueue(new Job.Request("ingest", "a", Map.of(), 0, 1, Duration.ZERO)));
    claims.claim(Set.of("ingest"), "w", BLINK).orElseThrow();
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(claim("w")).isEmpty();
          assertThat(job(id).state()).isEqualTo(Job.State.DEAD);
        });
    assertThat(job(id).errorCode()).isEqualTo("lease_expired");
  }

  @Test
  void cancellingEndsAQueuedJobAtOnceAndTellsARunningOne() {
    UUID queued = enqueue("a");
    assertThat(transactions.inTenant(tenant, () -> ledger.cancel(queued))).isTrue();
    assertThat(job(queued).state()).isEqualTo(Job.State.CANCELLED);
    UUID running = enqueue("b");
    Job.Claim claim = claim("w").orElseThrow();
    assertThat(transactions.inTenant(tenant, () -> ledger.cancel(running))).isTrue();
    assertThat(claims.heartbeat(claim, MINUTE)).isFalse();
    assertThat(claims.cancelled(claim)).isTrue();
    assertThat(job(running).state()).isEqualTo(Job.State.CANCELLED);
  }

  @Test
  void anotherTenantCanNeitherSeeNorCancelNorRetry() {
    UUID id = enqueue("a");
    UUID other = DATABASE.tenant("other " + UUID.randomUUID());
    assertThat(transactions.inTenant(other, () -> ledger.find(id))).isEmpty();
    assertThat(transactions.inTenant(other, () -> ledger.cancel(id))).isFalse();
    assertThat(TenantScope.callAs(other, () -> ledger.list(Job.Filter.all(), null, 10)).jobs())
        .isEmpty();
    assertThat(ledger.list(Job.Filter.all(), null, 10).jobs()).as("without a scope").isEmpty();
    claims.failFinal(claim("w").orElseThrow(), "x", "y");
    assertThat(transactions.inTenant(other, () -> ledger.retry(id))).isFalse();
  }

  @Test
  void listsArePagedNewestFirstAndCounted() {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(enqueue("s" + i));
    }
    claims.succeed(claim("w").orElseThrow());
    TenantScope.runAs(
        tenant,
        () -> {
          Job.Page first = ledger.list(Job.Filter.all(), null, 3);
          Job.Page second = ledger.list(Job.Filter.all(), first.next(), 3);
          List<UUID> listed = new ArrayList<>(first.jobs().stream().map(Job::id).toList());
          second.jobs().forEach(j -> listed.add(j.id()));
          assertThat(listed).isEqualTo(ids);
          assertThat(second.next()).isNull();
          var queued = new Job.Filter(Set.of(Job.State.QUEUED), Set.of("ingest"), "s4");
          assertThat(ledger.list(queued, null, 3).jobs())
              .extracting(Job::subject)
              .containsExactly("s4");
          assertThat(ledger.counts())
              .containsEntry(Job.State.QUEUED, 4L)
              .containsEntry(Job.State.SUCCEEDED, 1L)
              .containsEntry(Job.State.DEAD, 0L);
        });
  }

  @Test
  void oldFinishedJobsAreForgotten() {
    enqueue("a");
    claims.succeed(claim("w").orElseThrow());
    enqueue("b");
    assertThat(TenantScope.callAs(tenant, () -> ledger.forgetFinished(MINUTE, 10))).isZero();
    assertThat(TenantScope.callAs(tenant, () -> ledger.forgetFinished(Duration.ZERO, 10))).isOne();
    assertThat(claim("w")).as("the live one stays").isPresent();
  }

  @Test
  void aWorkersWritesAndItsSuccessAreOneTransaction() {
    enqueue("a");
    Job.Claim claim = claim("w").orElseThrow();
    assertThatThrownBy(() ->
            transactions.inTenant(
                tenant,
                () -> {
                  assertThat(claims.succeed(claim)).isTrue();
                  throw new IllegalArgumentException("crash");
                }))
        .hasMessage("crash");
    assertThat(job(claim.id()).state()).isEqualTo(Job.State.RUNNING);
  }

  @Test
  void hostileInputIsRefusedByName() {
    TenantScope.runAs(
        tenant,
        () -> {
          assertThatThrownBy(() -> ledger.enqueue("", "a", Map.of(), 0))
              .hasMessageContaining("kind");
          assertThatThrownBy(() -> ledger.enqueue("k", "a\0", Map.of(), 0))
              .hasMessageContaining("subject");
          assertThatThrownBy(() -> ledger.enqueue("k", "a", Map.of("t", "x".repeat(70_000)), 0))
              .hasMessageContaining("params");
          assertThatThrownBy(() -> ledger.enqueue("k", "a", Map.of("t", "\0"), 0))
              .hasMessageContaining("params");
        });
    assertThatThrownBy(() -> ledger.enqueue("k", "a", Map.of(), 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theSystemHasJobsOfItsOwn() {
    UUID id = transactions.inSystem(() -> ledger.enqueue("ingest", "all", Map.of(), 0));
    Job.Claim claim = claim("w").orElseThrow();
    assertThat(claim.id()).isEqualTo(id);
    assertThat(claim.tenant()).isNull();
    assertThat(claims.succeed(claim)).isTrue();
  }

  private UUID enqueue(String subject) {
    return transactions.inTenant(
        tenant, () -> ledger.enqueue("ingest", subject, Map.of("n", 7), 0));
  }

  private Optional<Job.Claim> claim(String owner) {
    return claims.claim(Set.of("ingest"), owner, MINUTE);
  }

  private Job.Claim awaitClaim(String owner) {
    return Awaitility.await().until(() -> claim(owner), Optional::isPresent).orElseThrow();
  }

  private Job job(UUID id) {
    return transactions.readInSystem(() -> ledger.find(id)).orElseThrow();
  }
}
