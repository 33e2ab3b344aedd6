package engram.retrieval.parse;

import java.util.List;

/// What stands on the pages of a PDF, in reading order.
sealed interface PdfItem permits PdfLines.Line, PdfTable {
  /// 1-based page on which it begins.
  int page();

  /// Never empty.
  List<PdfLines.Line> lines();
}
