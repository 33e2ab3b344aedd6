package engram.retrieval.library;

import engram.retrieval.Chunking;
import engram.retrieval.Chunking.Context;
import engram.retrieval.Chunking.Strategy;
import engram.retrieval.Chunking.Window;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// A chunking as collections and documents keep it; all null where none is set.
@Embeddable
public record ChunkingColumns(
    @Column(name = "chunk_strategy") @Nullable String strategy,
    @Column(name = "max_chunk_tokens") @Nullable Integer maxTokens,
    @Column(name = "chunk_overlap_tokens") @Nullable Integer overlapTokens,
    @Column(name = "chunk_window") @Nullable Integer window,
    @Column(name = "chunk_stride") @Nullable Integer stride,
    @Column(name = "chunk_context") @Nullable String context) {
  static final ChunkingColumns NONE = new ChunkingColumns(null, null, null, null, null, null);

  static ChunkingColumns of(@Nullable Chunking chunking) {
    if (chunking == null) {
      return NONE;
    }
    Window window = chunking.window();
    return new ChunkingColumns(
        chunking.strategy().id(),
        chunking.maxTokens(),
        chunking.overlapTokens(),
        window == null ? null : window.sentences(),
        window == null ? null : window.stride(),
        chunking.context().id());
  }

  /// @param prefix of the columns' names
  public static ChunkingColumns read(ResultSet row, String prefix) throws SQLException {
    return new ChunkingColumns(
        row.getString(prefix + "chunk_strategy"),
        row.getObject(prefix + "max_chunk_tokens", Integer.class),
        row.getObject(prefix + "chunk_overlap_tokens", Integer.class),
        row.getObject(prefix + "chunk_window", Integer.class),
        row.getObject(prefix + "chunk_stride", Integer.class),
        row.getString(prefix + "chunk_context"));
  }

  public @Nullable Chunking chunking() {
    if (maxTokens == null) {
      return null;
    }
    return Chunking.of(
        strategy == null ? Strategy.STRUCTURE : Strategy.of(strategy),
        maxTokens,
        overlapTokens,
        window == null || stride == null ? null : new Window(window, stride),
        context == null ? null : Context.of(context));
  }
}
