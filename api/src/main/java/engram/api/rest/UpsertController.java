package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.openai.Attributes;
import engram.api.openai.files.Filenames;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Library;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Makes a document what the caller has, under the caller's own name for it: a repeated call with
/// the same content changes nothing and costs nothing.
@RestController
@Requires(Verb.WRITE)
class UpsertController {
  private static final String PATH = "/api/collections/{collection}/documents/{*key}";

  private final Library library;
  private final Refresh refresh;
  private final Audit audit;
  private final JsonMapper json;

  UpsertController(Library library, Refresh refresh, Audit audit, JsonMapper json) {
    this.library = library;
    this.refresh = refresh;
    this.audit = audit;
    this.json = json;
  }

  /// @param result `created`, `updated` or `unchanged`
  record Upserted(String result, Document document) {}

  /// What the request says beside the content.
  ///
  /// @param attributes a JSON object
  /// @param readers principals that may read it
  private record Wanted(
      String key,
      String filename,
      @Nullable String mediaType,
      @Nullable String attributes,
      @Nullable List<String> readers,
      boolean waits) {}

  /// The body is the content, of any type but multipart.
  @PutMapping(PATH)
  @ApiResponse(responseCode = "200", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "201", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<Upserted> put(
      Caller caller,
      @PathVariable String collection,
      @PathVariable("key") String path,
      @RequestParam(name = "key", required = false) @Nullable String given,
      @RequestParam(required = false) @Nullable String filename,
      @RequestParam(required = false) @Nullable String attributes,
      @RequestParam(required = false) @Nullable List<String> readers,
      @RequestParam(name = "refresh", required = false) @Nullable String wait,
      HttpServletRequest request)
      throws IOException {
    String key = DocumentKeys.put(path, given);
    return put(
        caller,
        collection,
        new Wanted(
            key,
            Filenames.clean(filename == null ? key : filename),
            request.getContentType(),
            attributes,
            readers,
            Refresh.asked(wait)),
        request.getInputStream());
  }

  /// The part `file` is the content.
  @PutMapping(path = PATH, consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  @ApiResponse(responseCode = "200", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "201", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<Upserted> putForm(
      Caller caller,
      @PathVariable String collection,
      @PathVariable("key") String path,
      @RequestParam(name = "key", required = false) @Nullable String given,
      @RequestPart("file") MultipartFile file,
      @RequestParam(required = false) @Nullable String attributes,
      @RequestParam(required = false) @Nullable List<String> readers,
      @RequestParam(name = "refresh", required = false) @Nullable String wait)
      throws IOException {
    String key = DocumentKeys.put(path, given);
    String original = file.getOriginalFilename();
    try (InputStream content = file.getInputStream()) {
      return put(
          caller,
          collection,
          new Wanted(
              key,
              Filenames.clean(original == null || original.isBlank() ? key : original),
              file.getContentType(),
              attributes,
              readers,
              Refresh.asked(wait)),
          content);
    }
  }

  private ResponseEntity<Upserted> put(
      Caller caller, String collection, Wanted wanted, InputStream content) {
    @Nullable Map<String, Object> attributes = attributes(wanted.attributes());
    @Nullable Set<String> readers = readers(wanted.readers());
    Access access = caller.access();
    Library.PutDocument put =
        library.putDocument(
            access,
            collection,
            new Library.Original(wanted.key(), wanted.filename(), wanted.mediaType()),
            attributes,
            readers,
            content,
            audit.readers(caller));
    Document document = put.document();
    if (wanted.waits()) {
      document = refresh.await(access, collection, document.fileId());
    }
    HttpStatus status = put.created() ? HttpStatus.CREATED : HttpStatus.OK;
    boolean late = wanted.waits() && document.status() == DocumentStatus.IN_PROGRESS;
    String result = put.created() ? "created" : put.changed() ? "updated" : "unchanged";
    return ResponseEntity.status(late ? HttpStatus.ACCEPTED : status)
        .body(new Upserted(result, document));
  }

  /// Empty is more likely a shell variable that was not set than the wish to open a document.
  private static @Nullable Set<String> readers(@Nullable List<String> given) {
    if (given != null && given.isEmpty()) {
      throw Failure.invalid(
              "readers",
              "'readers' is empty. Leave it out to keep the readers as they are; to open the"
                  + " document to the whole tenant, PATCH it with \"readers\": [].")
          .toException();
    }
    return given == null ? null : Attributes.readers(given, "readers");
  }

  private @Nullable Map<String, Object> attributes(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      return Attributes.check(
          json.readValue(text, new TypeReference<Map<String, Object>>() {}), "attributes");
    } catch (JacksonException e) {
      throw Failure.invalid("attributes", "'attributes' is a JSON object.").toException();
    }
  }
}
