package engram.retrieval.parse;

import java.io.IOException;
import org.apache.tika.exception.TikaException;
import org.xml.sax.SAXException;

/// Reads one family of formats. Whatever it throws ends this file only; [Failures] names it.
@FunctionalInterface
interface FormatParser {
  void parse(Source source, ExtractionBuilder out, Nested nested)
      throws IOException, SAXException, TikaException;
}
