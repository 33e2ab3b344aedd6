package engram.api.openai.files;

import engram.api.erase.Erasure;
import engram.api.openai.Cursors;
import engram.api.openai.ListView;
import engram.api.openai.RequestProblem;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.Page;
import engram.retrieval.StoredFile;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Requires(Verb.READ)
@RequestMapping("/v1/files")
class FilesController {
  private static final int LIMIT_MAX = 10_000;

  private final Erasure erasure;
  private final Library library;

  FilesController(Library library, Erasure erasure) {
    this.erasure = erasure;
    this.library = library;
  }

  @Requires(Verb.WRITE)
  @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  FileView create(
      Access access,
      @RequestPart("file") Part file,
      @RequestParam(required = false) @Nullable String purpose,
      @Parameter(hidden = true) @RequestParam Map<String, String> form)
      throws IOException {
    try (InputStream content = file.getInputStream()) {
      return FileView.of(
          library.addFile(
              access,
              Filenames.clean(file.getSubmittedFileName()),
              Filenames.purpose(purpose),
              mediaType(file.getContentType()),
              FileExpiry.of(form),
              content));
    }
  }

  /// At most 100 at a time, whatever larger limit is asked for; `has_more` says so.
  @GetMapping
  ListView<FileView> list(
      Access access,
      @RequestParam(required = false) @Nullable String purpose,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable String after) {
    if (limit != null && limit > LIMIT_MAX) {
      throw RequestProblem.invalid("limit", "'limit' is in [1, " + LIMIT_MAX + "].");
    }
    int atMost = limit == null ? Page.LIMIT_MAX : Math.min(limit, Page.LIMIT_MAX);
    Page<StoredFile> page =
        library.files(access, purpose, Cursors.read(atMost, order, after, null));
    return ListView.of(page, StoredFile::id, FileView::of);
  }

  @GetMapping("/{id}")
  FileView get(Access access, @PathVariable String id) {
    return FileView.of(library.file(access, id));
  }

  /// The original. Always as a download: a stored page must not run in this server's name.
  @GetMapping("/{id}/content")
  Resource content(Access access, @PathVariable String id, HttpServletResponse response) {
    StoredFile file = library.file(access, id);
    ContentDisposition disposition =
        ContentDisposition.attachment().filename(file.filename(), StandardCharsets.UTF_8).build();
    // Set, not added: filters before have set some of them for all responses.
    response.setContentType(parsed(file.mediaType()).toString());
    response.setHeader(HttpHeaders.CONTENT_DISPOSITION, disposition.toString());
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
    return new FileSystemResource(library.content(access, id));
  }

  @Requires(Verb.DELETE)
  @DeleteMapping("/{id}")
  FileView.Deleted delete(Caller caller, @PathVariable String id) {
    return new FileView.Deleted(id, "file", true, erasure.file(caller, id));
  }

  /// Browsers and HTTP libraries say `application/octet-stream` for what they do not know.
  static @Nullable String mediaType(@Nullable String given) {
    return given == null || given.startsWith(MediaType.APPLICATION_OCTET_STREAM_VALUE)
        ? null
        : given;
  }

  private static MediaType parsed(@Nullable String mediaType) {
    try {
      return mediaType == null
          ? MediaType.APPLICATION_OCTET_STREAM
          : MediaType.parseMediaType(mediaType);
    } catch (InvalidMediaTypeException e) {
      return MediaType.APPLICATION_OCTET_STREAM;
    }
  }
}
