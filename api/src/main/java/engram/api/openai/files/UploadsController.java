package engram.api.openai.files;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.RequestProblem;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.Upload;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/// Large files, in parts.
@RestController
@Requires(Verb.WRITE)
@RequestMapping("/v1/uploads")
class UploadsController {
  private static final int PARTS_MAX = 10_000;

  private final Library library;

  UploadsController(Library library) {
    this.library = library;
  }

  record Start(
      @Nullable String filename,
      @Nullable String purpose,
      @Nullable Long bytes,
      @Nullable String mimeType,
      @Nullable JsonNode expiresAfter) {}

  record Complete(@Nullable List<String> partIds, @Nullable String md5) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record UploadView(
      String id,
      String object,
      long bytes,
      long createdAt,
      long expiresAt,
      String filename,
      String purpose,
      String status,
      @Nullable FileView file) {
    static UploadView of(Upload upload) {
      return new UploadView(
          upload.id(),
          "upload",
          upload.bytes(),
          upload.createdAt().getEpochSecond(),
          upload.expiresAt().getEpochSecond(),
          upload.filename(),
          upload.purpose(),
          upload.status(),
          upload.file() == null ? null : FileView.of(upload.file()));
    }
  }

  record PartView(String id, String object, long createdAt, String uploadId) {}

  @PostMapping
  UploadView start(Access access, @RequestBody Start body) {
    if (body.filename() == null) {
      throw RequestProblem.missing("filename");
    }
    if (body.mimeType() == null) {
      throw RequestProblem.missing("mime_type");
    }
    Long bytes = body.bytes();
    if (bytes == null || bytes < 0) {
      throw RequestProblem.invalid("bytes", "'bytes' is the size of the whole file.");
    }
    return UploadView.of(
        library.startUpload(
            access,
            Filenames.clean(body.filename()),
            Filenames.purpose(body.purpose()),
            body.mimeType(),
            bytes,
            FileExpiry.of(body.expiresAfter())));
  }

  /// Clients may send the part without a file name.
  @PostMapping(path = "/{id}/parts", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  PartView part(Access access, @PathVariable String id, @RequestPart("data") Part data)
      throws IOException {
    try (InputStream content = data.getInputStream()) {
      Upload.Part part = library.addPart(access, id, content);
      return new PartView(
          part.id(), "upload.part", part.createdAt().getEpochSecond(), part.uploadId());
    }
  }

  @PostMapping("/{id}/complete")
  UploadView complete(Access access, @PathVariable String id, @RequestBody Complete body) {
    List<String> parts = body.partIds();
    if (parts == null || parts.isEmpty() || parts.size() > PARTS_MAX) {
      throw RequestProblem.invalid(
          "part_ids", "'part_ids' names 1 to " + PARTS_MAX + " parts, in order.");
    }
    return UploadView.of(library.completeUpload(access, id, parts, body.md5()));
  }

  @PostMapping("/{id}/cancel")
  UploadView cancel(Access access, @PathVariable String id) {
    return UploadView.of(library.cancelUpload(access, id));
  }
}
