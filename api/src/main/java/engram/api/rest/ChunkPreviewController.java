package engram.api.rest;

import engram.api.error.Failure;
import engram.api.openai.files.Filenames;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.ChunkPreview;
import engram.retrieval.ChunkPreviews;
import engram.retrieval.Chunking;
import engram.retrieval.Library;
import engram.retrieval.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What a chunking would make of a file, before anything is stored.
@RestController
@Requires(Verb.WRITE)
class ChunkPreviewController {
  private static final String PATH = "/api/chunk-preview";
  private static final int LIMIT_DEFAULT = 100;
  private static final int LIMIT_MAX = 1_000;

  /// Each holds the text of a file and its chunks, beside those of ingestion.
  private static final int AT_ONCE = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Library library;
  private final ChunkPreviews previews;
  private final JsonMapper json;
  private final Semaphore free = new Semaphore(AT_ONCE);

  ChunkPreviewController(Library library, ChunkPreviews previews, JsonMapper json) {
    this.library = library;
    this.previews = previews;
    this.json = json;
  }

  /// @param fileId or `key`: a stored file, in its present version
  /// @param after so many chunks are left out at the beginning
  record Stored(
      @Nullable String fileId,
      @Nullable String key,
      @Nullable ChunkingBody chunking,
      @Nullable Integer after,
      @Nullable Integer limit) {}

  /// @param totals of all chunks
  /// @param next the `after` of the request for more chunks; null if these are the last
  record Preview(
      @Nullable String title,
      String mediaType,
      @Nullable String language,
      int pageCount,
      List<String> warnings,
      Chunking chunking,
      ChunkPreview.Totals totals,
      List<ChunkPreview.Chunk> chunks,
      @Nullable Integer next) {}

  @PostMapping(PATH)
  Preview stored(Access access, @RequestBody Stored body) {
    if ((body.fileId() == null) == (body.key() == null)) {
      throw Failure.invalid("file_id", "'file_id' or 'key' is needed, and not both.").toException();
    }
    StoredFile file =
        body.fileId() == null
            ? library.fileByKey(access, String.valueOf(body.key()))
            : library.file(access, body.fileId());
    Path content = library.content(access, file.id());
    return page(
        chunking(body.chunking()),
        body.after(),
        body.limit(),
        asked -> previews.preview(content, file.filename(), file.mediaType(), asked, () -> false));
  }

  /// @param chunking a JSON object
  @PostMapping(path = PATH, consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  Preview uploaded(
      @RequestPart("file") MultipartFile file,
      @RequestParam(required = false) @Nullable String chunking,
      @RequestParam(required = false) @Nullable Integer after,
      @RequestParam(required = false) @Nullable Integer limit)
      throws IOException {
    Path copy = Files.createTempFile("engram-preview", null);
    try {
      try (InputStream content = file.getInputStream()) {
        Files.copy(content, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      String name = Filenames.clean(file.getOriginalFilename());
      return page(
          chunking(read(chunking)),
          after,
          limit,
          asked -> previews.preview(copy, name, mediaType(file), asked, () -> false));
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /// Clients say `application/octet-stream` for what they do not know.
  private static @Nullable String mediaType(MultipartFile file) {
    String given = file.getContentType();
    return given == null || given.startsWith(MediaType.APPLICATION_OCTET_STREAM_VALUE)
        ? null
        : given;
  }

  private @Nullable ChunkingBody read(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      return json.readValue(text, ChunkingBody.class);
    } catch (JacksonException e) {
      throw Failure.invalid(
              "chunking",
              "'chunking' is a JSON object of strategy, max_tokens, overlap_tokens, window and"
                  + " context.")
          .toException();
    }
  }

  private static Chunking chunking(@Nullable ChunkingBody body) {
    return body == null ? Chunking.AUTO : body.toChunking("chunking");
  }

  private Preview page(
      Chunking chunking,
      @Nullable Integer after,
      @Nullable Integer limit,
      Function<Chunking, ChunkPreview> made) {
    int from = after == null ? 0 : after;
    int count = limit == null ? LIMIT_DEFAULT : limit;
    if (from < 0 || count < 0 || count > LIMIT_MAX) {
      throw Failure.invalid(
              from < 0 ? "after" : "limit",
              "'after' is a number of chunks, and 'limit' is in [0, " + LIMIT_MAX + "].")
          .toException();
    }
    ChunkPreview all = inTurn(chunking, made);
    int first = Math.min(from, all.chunks().size());
    int last = Math.min(first + count, all.chunks().size());
    return new Preview(
        all.title(),
        all.mediaType(),
        all.language(),
        all.pageCount(),
        all.warnings(),
        chunking,
        all.totals(),
        all.chunks().subList(first, last),
        count > 0 && last < all.chunks().size() ? last : null);
  }

  private ChunkPreview inTurn(Chunking chunking, Function<Chunking, ChunkPreview> made) {
    try {
      if (!free.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw busy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw busy();
    }
    try {
      return made.apply(chunking);
    } finally {
      free.release();
    }
  }

  private static RuntimeException busy() {
    return Failure.of(503, "busy", "Other previews are being made; try again later.")
        .retryAfter(PATIENCE)
        .toException();
  }
}
