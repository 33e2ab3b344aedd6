package engram.memory.transfer;

import engram.memory.Transfer;
import engram.memory.Transfer.Manifest;
import engram.memory.transfer.Lines.ClaimLine;
import engram.memory.transfer.Lines.EventLine;
import engram.retrieval.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// A file that was read to its end and is what its manifest says.
record StateFile(List<EventLine> events, List<ClaimLine> claims, Manifest manifest) {
  static final String EVENTS = "events.jsonl";
  static final String CLAIMS = "claims.jsonl";
  static final String MANIFEST = "manifest.json";
  private static final int LINE_BYTES_MAX = 8 << 20;
  private static final int MANIFEST_BYTES_MAX = 64 << 10;
  private static final int LINES_MAX = 1_000_000;

  /// Unpacked: a small ZIP can hold very much.
  private static final long BYTES_MAX = 512L << 20;

  /// @throws RefusedException `export_invalid`
  static StateFile read(InputStream input) throws IOException {
    List<EventLine> events = new ArrayList<>();
    List<ClaimLine> claims = new ArrayList<>();
    MessageDigest eventsDigest = StateWriter.sha256();
    MessageDigest claimsDigest = StateWriter.sha256();
    @Nullable Manifest manifest = null;
    int entries = 0;
    long[] left = {BYTES_MAX};
    try (ZipInputStream zip = new ZipInputStream(input, StandardCharsets.UTF_8)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries++;
        switch (entry.getName()) {
          case EVENTS -> lines(zip, EVENTS, eventsDigest, EventLine.class, events, left);
          case CLAIMS -> lines(zip, CLAIMS, claimsDigest, ClaimLine.class, claims, left);
          case MANIFEST -> manifest = manifest(zip);
          default -> throw invalid("it has an entry '" + shown(entry.getName()) + "'");
        }
      }
    } catch (ZipException e) {
      throw invalid("it is no whole ZIP: " + e.getMessage());
    } catch (EOFException e) {
      throw invalid("it is cut off");
    }
    if (entries != 3 || manifest == null) {
      throw invalid("it needs the entries %s, %s and %s".formatted(EVENTS, CLAIMS, MANIFEST));
    }
    Manifest found = StateWriter.manifest(events.size(), claims.size(), eventsDigest, claimsDigest);
    if (!found.equals(manifest)) {
      throw invalid(
          "its content is not what the manifest says: sha256 %s and not %s"
              .formatted(found.sha256(), manifest.sha256()));
    }
    check(events, claims);
    return new StateFile(events, claims, manifest);
  }

  private static String shown(String name) {
    return name.length() > 100 ? name.substring(0, 100) + "…" : name;
  }

  private static Manifest manifest(InputStream zip) throws IOException {
    byte[] bytes = zip.readNBytes(MANIFEST_BYTES_MAX + 1);
    if (bytes.length > MANIFEST_BYTES_MAX) {
      throw invalid("its manifest is too large");
    }
    try {
      Manifest manifest = Lines.JSON.readValue(bytes, Manifest.class);
      if (manifest.version() != Transfer.VERSION) {
        throw invalid("it is of version " + manifest.version() + ", not " + Transfer.VERSION);
      }
      return manifest;
    } catch (JacksonException e) {
      throw invalid("its manifest cannot be read: " + e.getOriginalMessage());
    }
  }

  private static <T> void lines(
      InputStream zip, String name, MessageDigest digest, Class<T> type, List<T> into, long[] left)
      throws IOException {
    if (!into.isEmpty()) {
      throw invalid("it has " + name + " twice");
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[8_192];
    for (int read = zip.read(buffer); read >= 0; read = zip.read(buffer)) {
      digest.update(buffer, 0, read);
      left[0] -= read;
      if (left[0] < 0) {
        throw invalid("it has more than %d bytes".formatted(BYTES_MAX));
      }
      int from = 0;
      for (int at = 0; at < read; at++) {
        if (buffer[at] == '\n') {
          line.write(buffer, from, at - from);
          add(line, name, type, into);
          from = at + 1;
        }
      }
      line.write(buffer, from, read - from);
      if (line.size() > LINE_BYTES_MAX) {
        throw invalid("line %d of %s is too long".formatted(into.size() + 1, name));
      }
    }
    if (line.size() > 0) {
      throw invalid(name + " does not end with a line");
    }
  }

  private static <T> void add(
      ByteArrayOutputStream line, String name, Class<T> type, List<T> into) {
    if (into.size() == LINES_MAX) {
      throw invalid("%s has more than %d lines".formatted(name, LINES_MAX));
    }
    try {
      into.add(Lines.JSON.readValue(line.toByteArray(), type));
    } catch (JacksonException e) {
      throw invalid("line %d of %s: %s".formatted(into.size() + 1, name, e.getOriginalMessage()));
    }
    line.reset();
  }

  /// Everything that can be known to be wrong without writing.
  private static void check(List<EventLine> events, List<ClaimLine> claims) {
    List<Long> numbers = new ArrayList<>();
    for (EventLine event : events) {
      numbers.add((long) event.event());
      String where = "line %d of %s: ".formatted(numbers.size(), EVENTS);
      if (event.event() != numbers.size()) {
        throw invalid(where + "its number is " + event.event());
      }
      try {
        event.draft();
      } catch (RuntimeException e) {
        throw invalid(where + e.getMessage());
      }
    }
    int number = 0;
    for (ClaimLine claim : claims) {
      number++;
      String where = "line %d of %s: ".formatted(number, CLAIMS);
      if (claim.claim() != number || claim.corrects() < 0 || claim.corrects() >= number) {
        throw invalid(where + "its number or that of what it corrects is wrong");
      }
      try {
        claim.draft(numbers);
      } catch (RuntimeException e) {
        throw invalid(where + e.getMessage());
      }
    }
  }

  static RefusedException invalid(String message) {
    return new RefusedException(
        RefusedException.Reason.INVALID,
        "export_invalid",
        "The file is no good export: " + message);
  }
}
