package engram.retrieval.library;

import static engram.retrieval.library.LibraryFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.RefusedException;
import engram.retrieval.Upload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoreTest {
  @TempDir Path folder;
  LibraryFixture fixture;
  Library library;
  Access admin;

  @BeforeEach
  void open() {
    fixture = new LibraryFixture(folder);
    library = fixture.door();
    admin = fixture.tenant();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aFullDiskIsRefusedAndLeavesNothing() {
    BlobStore full = new BlobStore(folder.resolve("files"), Long.MAX_VALUE / 2);
    assertThatThrownBy(() -> full.receive(bytes("x"), 10))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.NO_SPACE));
    assertThat(fixture.blobs()).isEmpty();
  }

  @Test
  void whatIsTooLargeIsRefusedAndLeavesNothing() {
    assertThatThrownBy(() -> fixture.file(admin, "a", "x".repeat((1 << 20) + 1)))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.TOO_LARGE));
    assertThat(fixture.blobs()).isEmpty();
  }

  @Test
  void theSweepRemovesWhatNoRowRefersToAndNothingElse() throws IOException {
    Path kept = library.content(admin, fixture.file(admin, "a", "kept").id());
    Path orphan =
        Files.createDirectories(kept.getParent().resolveSibling("00")).resolve("0".repeat(64));
    Files.writeString(orphan, "orphan");
    Path temporary = folder.resolve("files/incoming/x.part");
    Files.writeString(temporary, "half");
    fixture.library.sweep().run(Duration.ofHours(1));
    assertThat(orphan).as("within the grace").exists();
    fixture.clock.advance(Duration.ofHours(2));
    fixture.library.sweep().run(Duration.ofHours(1));
    assertThat(orphan).doesNotExist();
    assertThat(temporary).doesNotExist();
    assertThat(kept).exists();
  }

  @Test
  void bytesThatComeWhileTheyGoAreThereAfterwards() throws Exception {
    for (int round = 0; round < 20; round++) {
      String old = fixture.file(admin, "a", "contested").id();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> delete = threads.submit(() -> library.deleteFile(admin, old));
        Future<String> add = threads.submit(() -> fixture.file(admin, "b", "contested").id());
        delete.get();
        assertThat(library.content(admin, add.get())).exists();
        library.deleteFile(admin, add.get());
      }
    }
    assertThat(fixture.blobs()).isEmpty();
  }

  @Test
  void partsAreJoinedInTheGivenOrder() throws IOException {
    Upload upload = library.startUpload(admin, "a.txt", "assistants", "text/plain", 6);
    String second = library.addPart(admin, upload.id(), bytes("def")).id();
    String first = library.addPart(admin, upload.id(), bytes("abc")).id();
    String md5 =
        HexFormat.of()
            .formatHex(BlobStore.digest("MD5").digest("abcdef".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(
            () -> library.completeUpload(admin, upload.id(), List.of(second, first), md5))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo("checksum_mismatch"));
    assertThatThrownBy(() -> library.completeUpload(admin, upload.id(), List.of(first), null))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo("size_mismatch"));
    Upload done = library.completeUpload(admin, upload.id(), List.of(first, second), md5);
    assertThat(done.status()).isEqualTo("completed");
    assertThat(Files.readString(library.content(admin, done.file().id()))).isEqualTo("abcdef");
    assertThat(fixture.blobs()).as("the parts are gone").hasSize(1);
    assertThat(library.completeUpload(admin, upload.id(), List.of(first, second), md5))
        .as("twice is once")
        .isEqualTo(done);
  }

  @Test
  void anUploadExpires() {
    Upload upload = library.startUpload(admin, "a.txt", "assistants", "text/plain", 3);
    library.addPart(admin, upload.id(), bytes("abc"));
    fixture.clock.advance(Duration.ofHours(2));
    assertThatThrownBy(() -> library.addPart(admin, upload.id(), bytes("x")))
        .isInstanceOf(RefusedException.class);
    fixture.library.sweep().run(Duration.ZERO);
    assertThat(fixture.blobs()).isEmpty();
    assertThat(library.cancelUpload(admin, upload.id()).status()).isEqualTo("expired");
  }
}
