package engram.retrieval.config;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.ingest.Reader;
import engram.retrieval.parse.FailureCode;
import engram.retrieval.parse.ForkedParser;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import engram.retrieval.parse.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/// What the settings say of one file's cost reaches the parser, and the parser names the setting.
class ParsingSettingsTest {
  @TempDir Path folder;

  @Test
  void theDefaultsAreTheParsersOwn() {
    assertThat(settings(Map.of()).parseLimits()).isEqualTo(ParseLimits.DEFAULT);
  }

  @Test
  void filesOverALimitFailWithTheNameOfItsSetting() throws IOException {
    Path zip = folder.resolve("two.zip");
    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String name : new String[] {"a.txt", "b.txt"}) {
        out.putNextEntry(new ZipEntry(name));
        out.write(new byte[] {'h', 'i'});
        out.closeEntry();
      }
    }
    assertThat(failure(zip, "parsing.entries-max", "0")).isEqualTo(FailureCode.TOO_LARGE);
    assertThat(failure(zip, "parsing.unpacked-bytes-max", "1B")).isEqualTo(FailureCode.TOO_LARGE);
    assertThat(failure(zip, "parsing.depth-max", "0")).isEqualTo(FailureCode.TOO_DEEP);
    assertThat(failure(zip, "files.bytes-max", "10B")).isEqualTo(FailureCode.TOO_LARGE);
  }

  private FailureCode failure(Path file, String setting, String value) {
    String name = "engram.retrieval." + setting;
    try (var parser = new ForkedParser(WorkerSettings.DEFAULT.withTemporary(folder))) {
      Reader reader =
          new RetrievalAutoConfiguration().reader(parser, settings(Map.of(name, value)));
      ParseOutcome outcome = reader.read(file, "two.zip", null, ParseProgress.NONE, () -> false);
      assertThat(outcome).as(name).isInstanceOf(ParseOutcome.Failed.class);
      var failed = (ParseOutcome.Failed) outcome;
      assertThat(failed.message()).contains("setting " + name);
      return failed.code();
    }
  }

  private static RetrievalSettings settings(Map<String, String> given) {
    return new Binder(new MapConfigurationPropertySource(given))
        .bindOrCreate("engram.retrieval", RetrievalSettings.class);
  }
}
