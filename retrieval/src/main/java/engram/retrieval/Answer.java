package engram.retrieval;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What came of a question. All three know which passages were looked at.
public sealed interface Answer {
  String text();

  List<Citation> citations();

  SearchPage passages();

  /// What of the passages was read for it.
  Context context();

  Usage usage();

  /// Why the model stopped; `STOP` where none wrote.
  FinishReason finishReason();

  /// Why a model stopped writing.
  enum FinishReason {
    /// It had said all.
    STOP,
    /// It, or we, cut it short.
    LENGTH,
    CONTENT_FILTER;

    /// `STOP` for what is not said, or not known.
    public static FinishReason of(@Nullable String said) {
      return switch (said == null ? "" : said.toLowerCase(Locale.ROOT)) {
        case "length" -> LENGTH;
        case "content_filter" -> CONTENT_FILTER;
        default -> STOP;
      };
    }

    /// As OpenAI says it.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Written by a model; every citation was checked against its source.
  ///
  /// @param unsupported sentences of `text` that no passage carries, as spans of `text`; empty
  ///   where the request asked to say nothing of them
  /// @param dropped how many such sentences were left out, where the request asked for that
  /// @param model the model's name, as its server says it
  record Generated(
      String text,
      List<Citation> citations,
      List<Span> unsupported,
      int dropped,
      String model,
      SearchPage passages,
      Context context,
      Usage usage,
      FinishReason finishReason)
      implements Answer {}

  /// Sentences quoted from the documents; `text` is made of the quotes.
  ///
  /// @param confidence in `[0, 1]`, that the quotes answer the question
  record Extractive(
      String text,
      List<Citation> citations,
      double confidence,
      SearchPage passages,
      Context context,
      Usage usage)
      implements Answer {
    @Override
    public FinishReason finishReason() {
      return FinishReason.STOP;
    }
  }

  /// The documents do not answer it.
  ///
  /// @param text one sentence for people
  /// @param missing what was looked for and not found: the question's terms that no passage carries
  /// @param confidence in `[0, 1]`, that the documents do not answer
  /// @param finishReason of a model whose answer no passage carried: one that was cut short might
  ///   have gone on to something that holds
  record Unsupported(
      String text,
      List<String> missing,
      double confidence,
      SearchPage passages,
      Context context,
      Usage usage,
      FinishReason finishReason)
      implements Answer {
    @Override
    public List<Citation> citations() {
      return List.of();
    }
  }

  /// One claim and where it stands.
  ///
  /// @param answerSpan the claim, in the answer's text
  /// @param source its span covers exactly `quote`
  /// @param quote byte for byte in the source
  /// @param alsoIn other places that hold the quote, byte for byte, and were not shown for it
  /// @param flags of the chunk that is quoted
  record Citation(
      Span answerSpan,
      Source source,
      long chunkId,
      String quote,
      List<Source> alsoIn,
      List<Flag> flags) {
    public Citation {
      alsoIn = List.copyOf(alsoIn);
      flags = List.copyOf(flags);
    }
  }

  /// What was packed of the passages that were found.
  ///
  /// @param tokens of all that was shown, as `tokenizer` counts them
  /// @param tokenizer the name of the vocabulary, or `estimate`
  /// @param chunkIds the hits that were shown, best first
  /// @param mergedChunkIds hits that were not, because one that was says the same
  record Context(
      AskRequest.Packing packing,
      int tokens,
      String tokenizer,
      List<Long> chunkIds,
      List<Long> mergedChunkIds) {
    public Context {
      chunkIds = List.copyOf(chunkIds);
      mergedChunkIds = List.copyOf(mergedChunkIds);
    }
  }

  /// Tokens as the model's server counts them, or as we do where it says nothing.
  record Usage(long promptTokens, long answerTokens) {}
}
