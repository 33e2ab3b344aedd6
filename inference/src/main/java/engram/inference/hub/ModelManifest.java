package engram.inference.hub;

import java.time.Instant;
import java.util.List;

/// What is known of a model in the folder.
///
/// @param name as it was pulled
/// @param commit of the hub's repository that the files are of
/// @param files of the model, by path
public record ModelManifest(String name, String commit, Instant pulled, List<File> files) {
  public ModelManifest {
    files = List.copyOf(files);
  }

  /// One file.
  ///
  /// @param path below the model's folder, with `/`
  /// @param digest `sha256:` or, of small files, git's `blob:`, and hexadecimal digits
  public record File(String path, long bytes, String digest) {}

  public long bytes() {
    return files.stream().mapToLong(File::bytes).sum();
  }
}
