package engram.retrieval;

import java.util.List;

/// Something about a text that its reader should know.
///
/// @param span of [Place#TEXT] in the source's text, as [Source#span] is; elsewhere in the title,
///   in the context, or in the headings joined by [#BETWEEN_HEADINGS]
/// @param reasons what was seen, most telling first
public record Flag(Kind kind, Place place, Span span, List<String> reasons) {
  public static final String BETWEEN_HEADINGS = " > ";

  public enum Kind {
    /// It reads like an instruction to whoever answers from it, and not like a document.
    INSTRUCTION
  }

  /// Where it stands: all of these are shown to a model.
  public enum Place {
    TEXT,
    /// Of the document; its filename where it has none.
    TITLE,
    HEADINGS,
    /// What is shown beside the text and is none of it; see [Hit#context].
    CONTEXT
  }

  public Flag {
    reasons = List.copyOf(reasons);
  }
}
