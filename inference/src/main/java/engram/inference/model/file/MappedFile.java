package engram.inference.model.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Files as memory. The pages are the operating system's and cost no heap.
///
/// A file that is cut while it is mapped ends in an `InternalError` at the next access of what is
/// gone: replace model files, do not write into them.
public final class MappedFile {
  private MappedFile() {}

  /// The whole file, until `arena` is closed.
  public static MemorySegment map(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new ModelFileException(file, "there is no such file in " + file.getParent(), e);
    } catch (IOException e) {
      throw new ModelFileException(file, "cannot be read: " + e.getMessage(), e);
    }
  }

  /// The bytes of a small file.
  ///
  /// @param bytesMax larger ones are refused unread
  public static byte[] read(Path file, long bytesMax) {
    try {
      long size = Files.size(file);
      if (size > bytesMax) {
        throw new ModelFileException(file, "has " + size + " bytes, more than " + bytesMax);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelFileException(file, "there is no such file in " + file.getParent(), e);
    } catch (IOException e) {
      throw new ModelFileException(file, "cannot be read: " + e.getMessage(), e);
    }
  }
}
