package engram.memory.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.MemoryFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FileKeyVaultTest {
  private final Path folder = MemoryFixture.temporary();
  private final UUID tenant = UUID.randomUUID();

  @Test
  void aKeyIsTheSameAfterARestartAndAnotherForAnotherSubject() {
    byte[] key = FileKeyVault.open(folder).obtain(tenant, "ann");
    FileKeyVault restarted = FileKeyVault.open(folder);

    assertThat(restarted.obtain(tenant, "ann")).isEqualTo(key);
    assertThat(restarted.obtain(tenant, "bob")).isNotEqualTo(key);
    assertThat(restarted.obtain(UUID.randomUUID(), "ann")).isNotEqualTo(key);
  }

  @Test
  void aDestroyedKeyIsGoneAndItsSuccessorIsAnother() throws IOException {
    FileKeyVault vault = FileKeyVault.open(folder);
    byte[] key = vault.obtain(tenant, "ann");

    assertThat(vault.destroy(tenant, "ann")).isTrue();
    assertThat(vault.find(tenant, "ann")).isEmpty();
    assertThat(vault.destroy(tenant, "ann")).isFalse();
    assertThat(vault.obtain(tenant, "ann")).isNotEqualTo(key);
  }

  @Test
  void theFolderNamesNobodyAndHoldsNoBareKey() throws IOException {
    byte[] key = FileKeyVault.open(folder).obtain(tenant, "ann");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(file.toString()).doesNotContain("ann").doesNotContain(tenant.toString());
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
            .doesNotContain(HexFormat.of().formatHex(key));
      }
    }
  }

  @Test
  void whoeverAsksAtTheSameTimeGetsTheSameKey() throws Exception {
    Set<String> keys = ConcurrentHashMap.newKeySet();
    Callable<Boolean> asking =
        () -> keys.add(HexFormat.of().formatHex(FileKeyVault.open(folder).obtain(tenant, "ann")));
    try (var threads = Executors.newFixedThreadPool(16)) {
      for (var asked : threads.invokeAll(Stream.generate(() -> asking).limit(32).toList())) {
        asked.get();
      }
    }
    assertThat(keys).hasSize(1);
  }

  @Test
  void sealedBytesOpenOnlyUnchangedAndInTheirContext() {
    SubjectCipher cipher = new SubjectCipher(FileKeyVault.open(folder).obtain(tenant, "ann"));
    byte[] context = "row 1".getBytes(StandardCharsets.UTF_8);
    byte[] sealed = cipher.seal("text".getBytes(StandardCharsets.UTF_8), context);

    assertThat(cipher.open(sealed, context)).asString().isEqualTo("text");
    assertThat(cipher.seal("text".getBytes(StandardCharsets.UTF_8), context)).isNotEqualTo(sealed);
    for (int at : List.of(0, 12, sealed.length - 1)) {
      byte[] changed = sealed.clone();
      changed[at] ^= 1;
      assertThatThrownBy(() -> cipher.open(changed, context))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> cipher.open(sealed, "row 2".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cipher.open(new byte[3], context))
        .hasMessageContaining("cut off at 3");
  }

  @Test
  void hashesTellPartsApart() {
    SubjectCipher cipher = new SubjectCipher(new byte[32]);
    assertThat(cipher.digest("a", "bc", "d")).isNotEqualTo(cipher.digest("a", "b", "cd"));
    assertThat(cipher.digest("a", "b")).isNotEqualTo(cipher.digest("b", "b"));
    assertThat(cipher.digest("a", "b")).isEqualTo(cipher.digest("a", "b"));
  }
}
