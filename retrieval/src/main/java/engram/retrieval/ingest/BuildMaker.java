package engram.retrieval.ingest;

import engram.db.Job;
import engram.db.JobClaims;
import engram.retrieval.Build.Progress;
import engram.retrieval.Build.Status;
import engram.retrieval.ingest.IngestWrites.LeaseLost;
import engram.retrieval.ingest.Work.Target;
import engram.retrieval.library.BuildJobs;
import engram.retrieval.library.BuildRows;
import engram.retrieval.library.Outbox;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.FailureCode;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Makes builds: walks over the documents that a build waits for, and takes chunks of builds away
/// that are not wanted any more.
///
/// One transaction for each document, which locks as ingestion does and looks whether the job is
/// still this worker's; so one that is killed loses a document's work at most, and one that lost
/// its lease writes nothing. What is ingested meanwhile is written to all builds by ingestion
/// itself.
final class BuildMaker {
  private static final Logger LOG = LoggerFactory.getLogger(BuildMaker.class);
  private static final int DOCUMENTS_AT_ONCE = 100;

  /// Attempts in which a trouble is waited out that is not a document's.
  private static final int TROUBLES_MAX = 10;

  private final Store store;
  private final JobClaims claims;
  private final Texts texts;
  private final ChunkMaker maker;
  private final ChunkTable chunks;
  private final WorkRows works;
  private final BuildRows builds;
  private final Outbox outbox;
  private final Duration lease;

  BuildMaker(
      Store store,
      JobClaims claims,
      Texts texts,
      ChunkMaker maker,
      ChunkTable chunks,
      Duration lease) {
    this.store = store;
    this.claims = claims;
    this.texts = texts;
    this.maker = maker;
    this.chunks = chunks;
    this.works = new WorkRows(store);
    this.builds = new BuildRows(store);
    this.outbox = new Outbox(store);
    this.lease = lease;
  }

  boolean next(String worker, BooleanSupplier stopping) {
    Optional<Job.Claim> claimed = claims.claim(Set.of(BuildJobs.KIND), worker, lease);
    if (claimed.isEmpty()) {
      return false;
    }
    Job.Claim claim = claimed.get();
    try (Lease held = new Lease(claims, claim, lease)) {
      new Walk(claim, held, stopping).carryOn();
    } catch (LeaseLost e) {
      LOG.warn("Build {} was taken over by another worker", claim.subject());
    } catch (RuntimeException e) {
      retryLater(claim, e);
    }
    return true;
  }

  private void retryLater(Job.Claim claim, RuntimeException e) {
    LOG.warn("Build {} failed in attempt {}", claim.subject(), claim.attempt(), e);
    String code = e instanceof Trouble trouble ? trouble.code() : "internal_error";
    String message =
        switch (e) {
          case Trouble trouble -> String.valueOf(trouble.getMessage());
          case DataAccessException _, TransactionException _ ->
              "The database could not be reached.";
          default -> "An internal error stopped it; see the server's log.";
        };
    try {
      if (claim.attempt() < TROUBLES_MAX) {
        claims.failRetry(claim, code, message);
      } else {
        giveUp(claim, () -> claims.failFinal(claim, code, message), code, message);
      }
    } catch (DataAccessException | TransactionException again) {
      LOG.warn("Build {} will be taken up when its lease is over", claim.subject(), again);
    }
  }

  private void giveUp(Job.Claim claim, BooleanSupplier end, String code, String message) {
    BuildJobs.Subject of = BuildJobs.Subject.parse(claim.subject());
    store
        .transactions()
        .inTenant(
            tenant(claim),
            () -> {
              if (builds.lockCollection(of.collectionId()) && end.getAsBoolean()) {
                builds.fail(of.collectionId(), of.build(), code, message);
              }
            });
  }

  private static UUID tenant(Job.Claim claim) {
    return Objects.requireNonNull(claim.tenant(), "a build belongs to a tenant");
  }

  /// One claim of one build.
  private final class Walk {
    private final Job.Claim claim;
    private final Lease held;
    private final BooleanSupplier stopping;
    private final UUID tenant;
    private final String collection;
    private final int build;

    Walk(Job.Claim claim, Lease held, BooleanSupplier stopping) {
      this.claim = claim;
      this.held = held;
      this.stopping = stopping;
      this.tenant = tenant(claim);
      BuildJobs.Subject of = BuildJobs.Subject.parse(claim.subject());
      this.collection = of.collectionId();
      this.build = of.build();
    }

    void carryOn() {
      long after = 0;
      while (!stopped()) {
        Optional<Status> status = begin();
        if (status.isEmpty()) {
          claims.cancelled(claim); // deleted meanwhile
          return;
        }
        boolean unwanted = status.get() == Status.CANCELLED;
        List<Long> some = unwanted ? holding(after) : pending(after);
        for (Long document : some) {
          if (stopped()) {
            break;
          }
          if (unwanted) {
            clear(document);
          } else {
            take(document);
          }
          after = document;
        }
        if (some.isEmpty()) {
          if (finish(unwanted)) {
            return;
          }
          after = 0; // documents that were passed may wait again
        }
      }
      end();
    }

    private boolean stopped() {
      return held.shouldStop() || stopping.getAsBoolean();
    }

    /// Left alone at the end of a process it goes on when its lease is over; cancelled, it ends.
    private void end() {
      if (stopping.getAsBoolean()) {
        return;
      }
      boolean asked =
          store
              .transactions()
              .readInTenant(
                  tenant,
                  () ->
                      store
                          .sql()
                          .sql("select cancel_requested from jobs where id = :id")
                          .param("id", claim.id())
                          .query(Boolean.class)
                          .optional()
                          .orElse(false));
      if (asked) {
        giveUp(claim, () -> claims.cancelled(claim), "cancelled", "Its job was cancelled.");
      } else {
        throw new LeaseLost();
      }
    }

    /// A build that was given up goes on when its job does.
    private Optional<Status> begin() {
      Optional<Status> status = store.transactions().readInTenant(tenant, this::status);
      if (status.equals(Optional.of(Status.FAILED))) {
        inTenant(() -> {
          if (builds.lockCollection(collection) && status().equals(status)) {
            fence();
            builds.resume(collection, build);
          }
          return true;
        });
      }
      return status;
    }

    private Optional<Status> status() {
      return builds.find(collection, build).map(BuildRows.Row::status);
    }

    private List<Long> pending(long after) {
      return store
          .transactions()
          .readInTenant(tenant, () -> builds.pending(collection, build, after, DOCUMENTS_AT_ONCE));
    }

    private List<Long> holding(long after) {
      return store
          .transactions()
          .readInTenant(tenant, () -> builds.holding(collection, build, after, DOCUMENTS_AT_ONCE));
    }

    private <T> T inTenant(Supplier<T> step) {
      return store.transactions().inTenant(tenant, step);
    }

    private void fence() {
      if (!claims.progress(claim, Map.of("build", build))) {
        throw new LeaseLost();
      }
    }

    private void take(long document) {
      Optional<Work> found =
          store.transactions().readInTenant(tenant, () -> works.toBuild(document, build));
      if (found.isEmpty()) {
        return;
      }
      Made made = made(found.get());
      if (!stopped()) {
        inTenant(() -> {
          write(found.get(), made);
          return true;
        });
      }
    }

    private Made made(Work work) {
      Target target = work.targets().getFirst();
      try {
        ParseOutcome outcome = texts.of(work, ParseProgress.NONE, this::stopped);
        return switch (outcome) {
          case ParseOutcome.Parsed(Extraction extraction) ->
              maker.make(held, work, target, extraction);
          case ParseOutcome.Failed(FailureCode code, String message) -> {
            if (code == FailureCode.UNREADABLE) {
              throw new Trouble(code.id(), message, null);
            }
            yield new Made.Failed(target, code.id(), message);
          }
        };
      } catch (Trouble trouble) {
        if (trouble.isRefusal()) {
          return new Made.Failed(target, trouble.code(), String.valueOf(trouble.getMessage()));
        }
        throw trouble;
      } catch (DataAccessException | TransactionException e) {
        throw e;
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        // One document that always causes an error must not keep the others out of the build.
        LOG.warn("Document {} has no chunks in build {}", work.documentId(), claim.subject(), e);
        return new Made.Failed(
            target, "internal_error", "An internal error stopped it; see the server's log.");
      }
    }

    private void write(Work work, Made made) {
      works.lock(work.documentId());
      fence();
      Optional<Work> now = works.toBuild(work.documentId(), build);
      if (now.isEmpty() || !now.get().isSameInput(work)) {
        return; // it is another one now, and is found again if the build waits for it
      }
      ChunkTable.Changes changes = chunks.store(work, made);
      works.note(work, made);
      announce(work.documentId(), changes);
    }

    private void announce(long document, ChunkTable.Changes changes) {
      chunks.countUsage(document);
      if (!changes.isEmpty()) {
        outbox.buildChanged(
            document,
            changes.touched().toArray(Long[]::new),
            changes.removed().toArray(Long[]::new));
      }
    }

    private void clear(long document) {
      var _ =
          inTenant(() -> {
            works.lock(document);
            fence();
            announce(document, chunks.clear(document, build));
            return true;
          });
    }

    /// @return false if there is more to do
    private boolean finish(boolean unwanted) {
      return inTenant(() -> {
        if (!builds.lockCollection(collection)) {
          return true;
        }
        boolean more =
            unwanted
                ? !builds.holding(collection, build, 0, 1).isEmpty()
                : !builds.pending(collection, build, 0, 1).isEmpty();
        if (more || status().equals(Optional.of(Status.CANCELLED)) != unwanted) {
          return false;
        }
        if (!claims.succeed(claim)) {
          throw new LeaseLost();
        }
        if (unwanted) {
          builds.remove(collection, build);
        } else {
          builds.ready(collection, build);
          Progress progress = builds.progress(collection, build);
          LOG.info(
              "Build {} has {} of {} documents",
              claim.subject(),
              progress.documentsDone(),
              progress.documentsTotal());
        }
        return true;
      });
    }
  }
}
