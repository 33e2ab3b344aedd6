package engram.retrieval;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a document is cut.
///
/// @param maxTokens of one chunk; a document that [Strategy#WHOLE] cannot keep in one piece is cut
///   along its structure into chunks of so many
/// @param overlapTokens repeat the chunk before, at most
/// @param window of [Strategy#SENTENCES]; null for all others
/// @param context what is indexed with a chunk beside its text
public record Chunking(
    Strategy strategy, int maxTokens, int overlapTokens, @Nullable Window window, Context context) {
  private static final int MAX_TOKENS_MIN = 100;
  public static final int MAX_TOKENS_MAX = 4_096;

  /// What embedding models read at most: 8191 tokens for OpenAI's. It is also the most of a whole.
  public static final int WHOLE_TOKENS_MAX = 8_191;

  private static final int DEFAULT_TOKENS = 400;

  /// By structure. Small enough that a chunk is about one thing, with no text indexed twice.
  public static final Chunking AUTO = new Chunking(DEFAULT_TOKENS, 0);

  /// Where chunks end. Names, in lower case, are stored and part of the API: never rename.
  public enum Strategy {
    /// Along headings, tables, lists and code.
    STRUCTURE,
    /// At the coarsest of blank lines, line ends, sentence ends and words that makes pieces fit.
    RECURSIVE,
    /// Some sentences, and again some from a few sentences further on.
    SENTENCES,
    /// So many tokens, whatever they say.
    TOKENS,
    /// As by structure, but tables stand alone and every part of one has its header.
    TABLES,
    /// Functions and classes of source code; all else by structure.
    CODE,
    /// A question and its answer; all else by structure.
    QUESTIONS,
    /// The document in one piece, if it fits.
    WHOLE;

    /// @throws IllegalArgumentException naming the valid ones
    public static Strategy of(String name) {
      return named(Strategy.class, name, "chunking strategy");
    }

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    public boolean overlaps() {
      return switch (this) {
        case STRUCTURE, RECURSIVE, TOKENS, TABLES -> true;
        case SENTENCES, CODE, QUESTIONS, WHOLE -> false;
      };
    }

    public int maxTokensMax() {
      return this == WHOLE ? WHOLE_TOKENS_MAX : MAX_TOKENS_MAX;
    }
  }

  /// What stands beside a chunk's text in the index and before a model. Names as for [Strategy].
  public enum Context {
    /// Its headings, and the header of its table, its class or its question.
    HEADINGS,
    /// Those, and a few words that a language model wrote about its place in the document.
    MODEL;

    /// @throws IllegalArgumentException naming the valid ones
    public static Context of(String name) {
      return named(Context.class, name, "chunk context");
    }

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @param sentences in one chunk at most
  /// @param stride from one chunk's first sentence to the next one's
  public record Window(int sentences, int stride) {
    /// About a paragraph, of which a quarter is repeated.
    public static final Window DEFAULT = new Window(8, 6);

    private static final int SENTENCES_MAX = 100;

    public Window {
      if (sentences < 1 || sentences > SENTENCES_MAX) {
        throw new IllegalArgumentException(
            "window sentences " + sentences + " is not in [1, " + SENTENCES_MAX + "]");
      }
      if (stride < 1 || stride > sentences) {
        throw new IllegalArgumentException(
            "window stride " + stride + " is not in [1, " + sentences + "], its sentences");
      }
    }
  }

  public Chunking {
    if (maxTokens < MAX_TOKENS_MIN || maxTokens > strategy.maxTokensMax()) {
      throw new IllegalArgumentException(
          "max_chunk_size_tokens %d is not in [%d, %d]"
              .formatted(maxTokens, MAX_TOKENS_MIN, strategy.maxTokensMax()));
    }
    if (overlapTokens < 0 || overlapTokens > maxTokens / 2) {
      throw new IllegalArgumentException(
          "chunk_overlap_tokens %d is not in [0, %d], half of max_chunk_size_tokens"
              .formatted(overlapTokens, maxTokens / 2));
    }
    if (overlapTokens > 0 && !strategy.overlaps()) {
      throw new IllegalArgumentException(
          "chunk_overlap_tokens is for "
              + Arrays.stream(Strategy.values())
                  .filter(Strategy::overlaps)
                  .map(Strategy::id)
                  .collect(Collectors.joining(", "))
              + "; chunks of '"
              + strategy.id()
              + "' have none");
    }
    if ((window != null) != (strategy == Strategy.SENTENCES)) {
      throw new IllegalArgumentException(
          "a window is for the strategy 'sentences' and only for it");
    }
  }

  /// By structure.
  public Chunking(int maxTokens, int overlapTokens) {
    this(Strategy.STRUCTURE, maxTokens, overlapTokens, null, Context.HEADINGS);
  }

  /// What is null is at its default for the strategy.
  public static Chunking of(
      Strategy strategy,
      @Nullable Integer maxTokens,
      @Nullable Integer overlapTokens,
      @Nullable Window window,
      @Nullable Context context) {
    int wholeTokens = strategy == Strategy.WHOLE ? WHOLE_TOKENS_MAX : DEFAULT_TOKENS;
    boolean windowed = strategy == Strategy.SENTENCES && window == null;
    return new Chunking(
        strategy,
        maxTokens == null ? wholeTokens : maxTokens,
        overlapTokens == null ? 0 : overlapTokens,
        windowed ? Window.DEFAULT : window,
        context == null ? Context.HEADINGS : context);
  }

  private static <E extends Enum<E>> E named(Class<E> type, String name, String what) {
    for (E value : type.getEnumConstants()) {
      if (value.name().toLowerCase(Locale.ROOT).equals(name)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        "'"
            + (name.length() > 40 ? name.substring(0, 40) + "…" : name)
            + "' is no "
            + what
            + "; there are "
            + Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ")));
  }
}
