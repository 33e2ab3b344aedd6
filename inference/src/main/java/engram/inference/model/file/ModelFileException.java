package engram.inference.model.file;

import java.nio.file.Path;

/// A model's file is absent, broken, hostile, or of a kind that is not supported. The message names
/// the file and what in it is wrong, and is fit for whoever chose the file.
public final class ModelFileException extends RuntimeException {
  public ModelFileException(Path file, String problem) {
    super(file.getFileName() + ": " + problem);
  }

  public ModelFileException(Path file, String problem, Throwable cause) {
    super(file.getFileName() + ": " + problem, cause);
  }

  public ModelFileException(String problem) {
    super(problem);
  }
}
