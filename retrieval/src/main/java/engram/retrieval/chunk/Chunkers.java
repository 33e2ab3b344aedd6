package engram.retrieval.chunk;

import engram.retrieval.Chunking;
import engram.retrieval.Chunking.Window;

/// The chunker that a chunking asks for.
public final class Chunkers {
  private Chunkers() {}

  public static Chunker of(Chunking chunking) {
    int maxTokens = chunking.maxTokens();
    int overlapTokens = chunking.overlapTokens();
    Window window = chunking.window() == null ? Window.DEFAULT : chunking.window();
    return switch (chunking.strategy()) {
      case STRUCTURE -> new StructuralChunker(maxTokens, overlapTokens);
      case RECURSIVE -> new RecursiveChunker(maxTokens, overlapTokens);
      case SENTENCES -> new SentenceWindows(window.sentences(), window.stride(), maxTokens);
      case TOKENS -> new TokenWindows(maxTokens, overlapTokens);
      case TABLES -> new TableAwareChunker(maxTokens, overlapTokens);
      case CODE -> new CodeChunker(maxTokens);
      case QUESTIONS -> new QuestionChunker(maxTokens);
      case WHOLE -> new WholeDocument(maxTokens);
    };
  }
}
