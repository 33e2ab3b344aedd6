package engram.retrieval;

import java.util.List;

/// Something about a text that its reader should know.
///
/// @param span in the source's text, as [Source#span] is
/// @param reasons what was seen, most telling first
public record Flag(Kind kind, Span span, List<String> reasons) {
  public enum Kind {
    /// It reads like an instruction to whoever answers from it, and not like a document.
    INSTRUCTION
  }

  public Flag {
    reasons = List.copyOf(reasons);
  }
}
