package engram.retrieval.parse;

import java.io.IOException;

/// Comma, semicolon, tab and pipe separated values: the decoded file itself as one table.
final class CsvFormat implements FormatParser {
  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    out.span(Block.Kind.TABLE, headerRows(text), base, base + text.length());
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  /// The first line is a header unless it holds a number where a name should stand.
  private static int headerRows(String text) {
    int end = text.indexOf('\n');
    if (end < 0) {
      return 0;
    }
    for (String cell : text.substring(0, end).split("[,;\t|]", -1)) {
      if (!cell.isBlank() && cell.chars().noneMatch(Character::isLetter)) {
        return 0;
      }
    }
    return 1;
  }
}
