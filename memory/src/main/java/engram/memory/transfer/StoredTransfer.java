package engram.memory.transfer;

import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.EventLog.Appended;
import engram.memory.FactDraft;
import engram.memory.MemoryScope;
import engram.memory.Transfer;
import engram.memory.Versions.Snapshot;
import engram.memory.fact.StoredFacts;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.memory.transfer.Lines.ClaimLine;
import engram.memory.transfer.Lines.EventLine;
import engram.retrieval.RefusedException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Transfer] on the log and the facts.
public final class StoredTransfer implements Transfer {
  /// Entries of one time, so that equal memories make equal files.
  private static final long ENTRY_TIME = Instant.parse("2000-01-01T00:00:00Z").toEpochMilli();

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventLog log;
  private final StoredFacts facts;
  private final StateWriter writer;

  public StoredTransfer(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      EventLog log,
      StoredFacts facts) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.log = log;
    this.facts = facts;
    this.writer = new StateWriter(events, facts);
  }

  @Override
  public Manifest write(MemoryScope place, @Nullable Snapshot at, OutputStream output)
      throws IOException {
    place.requirePlace();
    ZipOutputStream zip = new ZipOutputStream(new Unclosed(output), StandardCharsets.UTF_8);
    begin(zip, StateFile.EVENTS);
    Manifest manifest =
        state(
            place,
            at,
            StateWriter.into(
                zip,
                () -> {
                  zip.closeEntry();
                  begin(zip, StateFile.CLAIMS);
                }));
    zip.closeEntry();
    begin(zip, StateFile.MANIFEST);
    zip.write(Lines.JSON.writeValueAsBytes(manifest));
    zip.closeEntry();
    zip.finish();
    return manifest;
  }

  private static void begin(ZipOutputStream zip, String name) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(ENTRY_TIME);
    zip.putNextEntry(entry);
  }

  /// The caller's stream stays open.
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream output) {
      super(output);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private Manifest state(MemoryScope place, @Nullable Snapshot at, StateWriter.Sink sink)
      throws IOException {
    try {
      return transactions.read(
          place,
          () -> {
            Head head = transactions.head(place.tenant());
            try {
              return writer.write(
                  place,
                  at == null ? head.seq() : at.seq(),
                  at == null ? head.now() : at.knownAt(),
                  sink);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw new IOException("The state could not be read", e);
    }
  }

  @Override
  public Manifest read(MemoryScope place, InputStream input) throws IOException {
    place.requirePlace();
    StateFile file = StateFile.read(input);
    return transactions.write(place, () -> load(place, file));
  }

  private Manifest load(MemoryScope place, StateFile file) {
    transactions.lockHead(place.tenant());
    requireEmpty(place);
    List<Long> seqs = new ArrayList<>();
    List<EventDraft> drafts = new ArrayList<>();
    for (EventLine event : file.events()) {
      drafts.add(event.draft());
      if (drafts.size() == EventLog.BATCH_MAX || event.event() == file.events().size()) {
        log.append(place, drafts).stream().map(Appended::seq).forEach(seqs::add);
        drafts = new ArrayList<>();
      }
    }
    List<FactDraft> claims = new ArrayList<>();
    List<Integer> corrects = new ArrayList<>();
    for (ClaimLine claim : file.claims()) {
      claims.add(claim.draft(seqs));
      corrects.add(claim.corrects() - 1);
    }
    facts.states().load(place, claims, corrects);
    Manifest written;
    try {
      Head head = transactions.head(place.tenant());
      written = writer.write(place, head.seq(), head.now(), StateWriter.nowhere());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!written.equals(file.manifest())) {
      throw StateFile.invalid(
          "what was read from it is not what it says: sha256 %s and not %s"
              .formatted(written.sha256(), file.manifest().sha256()));
    }
    return written;
  }

  private void requireEmpty(MemoryScope place) {
    boolean empty =
        jdbc.sql(
                """
                select not exists (select from memory_events where tenant_id = :tenant
                    and set_aside is null)
                  and not exists (select from memory_claims where tenant_id = :tenant
                    and ended_at is null)
                """)
            .param("tenant", place.tenant())
            .query(Boolean.class)
            .single();
    if (!empty) {
      throw new RefusedException(
          RefusedException.Reason.CONFLICT,
          "place_not_empty",
          "Something is remembered there already. Read it into an empty place, such as another run.");
    }
  }

  /// By way of a file, so that both are the same code and the size of a place is no matter of
  /// memory.
  @Override
  public Manifest branch(Snapshot snapshot, MemoryScope target) {
    MemoryScope source = snapshot.scope().requirePlace();
    target.requirePlace();
    if (!source.tenant().equals(target.tenant()) || source.equals(target)) {
      throw new IllegalArgumentException("a branch is another place of the same tenant");
    }
    try {
      Path file = Files.createTempFile("engram-branch", ".zip");
      try {
        try (OutputStream output = Files.newOutputStream(file)) {
          write(source, snapshot, output);
        }
        try (InputStream input = Files.newInputStream(file)) {
          return read(target, input);
        }
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A branch could not be made", e);
    }
  }
}
