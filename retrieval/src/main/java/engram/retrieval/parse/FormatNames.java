package engram.retrieval.parse;

import java.util.Map;

/// Media types as people call them.
final class FormatNames {
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("application/pdf", "a PDF"),
          Map.entry("application/msword", "a Word document"),
          Map.entry(
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
              "a Word document"),
          Map.entry("application/vnd.ms-excel", "an Excel workbook"),
          Map.entry(
              "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
              "an Excel workbook"),
          Map.entry("application/vnd.ms-powerpoint", "a PowerPoint presentation"),
          Map.entry(
              "application/vnd.openxmlformats-officedocument.presentationml.presentation",
              "a PowerPoint presentation"),
          Map.entry("application/vnd.oasis.opendocument.text", "an OpenDocument text"),
          Map.entry(
              "application/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
          Map.entry(
              "application/vnd.oasis.opendocument.presentation", "an OpenDocument presentation"),
          Map.entry("application/epub+zip", "an EPUB book"),
          Map.entry("application/rtf", "an RTF document"),
          Map.entry("application/zip", "a ZIP archive"),
          Map.entry("application/gzip", "a gzip file"),
          Map.entry("application/xml", "an XML file"),
          Map.entry("message/rfc822", "an e-mail"));

  private FormatNames() {}

  static String of(String mediaType) {
    return NAMES.getOrDefault(mediaType, "a file of type " + mediaType);
  }
}
