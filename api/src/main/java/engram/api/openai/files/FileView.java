package engram.api.openai.files;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.retrieval.Receipt;
import engram.retrieval.StoredFile;
import org.jspecify.annotations.Nullable;

/// A file as OpenAI clients see it.
///
/// @param status always `processed`: storing is done when the reply is sent
@JsonInclude(JsonInclude.Include.NON_NULL)
record FileView(
    String id,
    String object,
    long bytes,
    long createdAt,
    @Nullable Long expiresAt,
    String filename,
    String purpose,
    String status,
    Extra engram) {
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Extra(@Nullable String key, int version, String sha256, @Nullable String mediaType) {}

  /// The answer to a deletion, here with what it took away.
  record Deleted(String id, String object, boolean deleted, Receipt engram) {}

  static FileView of(StoredFile file) {
    return new FileView(
        file.id(),
        "file",
        file.bytes(),
        file.createdAt().getEpochSecond(),
        file.expiresAt() == null ? null : file.expiresAt().getEpochSecond(),
        file.filename(),
        file.purpose(),
        "processed",
        new Extra(file.key(), file.version(), file.sha256(), file.mediaType()));
  }
}
