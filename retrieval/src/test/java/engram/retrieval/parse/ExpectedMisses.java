package engram.retrieval.parse;

import java.util.Map;

/// What the corpus run does not find, each with its reason. `expected.json` was cut mechanically
/// from Tika's test sources, so it also holds strings that never were in the visible text.
final class ExpectedMisses {
  private static final String METADATA = "metadata of the file, not its text";
  private static final String MARKUP = "markup that Tika writes around the text";
  private static final String OPTION = "needs an option that Tika's test turns on by hand";
  private static final String LOCALE = "the same cell as another locale or option formats it";

  /// `file | string` to reason.
  static final Map<String, String> STRINGS =
      Map.ofEntries(
          Map.entry(
              "testContentStreamSpaceGlyphs.pdf | ( overlap )",
              OPTION + "; the other two readings are found"),
          Map.entry(
              "testOverlappingText.pdf | Text the first timeText the second time",
              OPTION + "; overprinted text is kept once"),
          Map.entry(
              "testPDFTwoTextBoxes.pdf | Left column line 1 Right column line 1 Left colu mn line 2 Right column line 2",
              OPTION + "; we keep columns"),
          Map.entry("testPDFVarious.pdf | ABCDEE+Calibri", METADATA + " (font name)"),
          Map.entry("testPDF_bookmarks.pdf | OCR-PAGE-1-TEXT", "text recognition"),
          Map.entry(
              "testPDF_rotated.pdf | until a further review indicates that the infrastructure",
              "turned by an odd angle; read letter by letter, " + OPTION),
          Map.entry("testPDF_bad_page_303226.pdf | Unknown dir", "a message of Tika's own"),
          Map.entry(
              "testPDFPackage.pdf | app.viewerVersion",
              "JavaScript inside the PDF, deliberately not read"),
          Map.entry("testPDFPackage.pdf | class=\"javascript\"", MARKUP),
          Map.entry("testPDFPackage.pdf | subtype=\"JavaScript\"", MARKUP),
          Map.entry("testPDFPackage.pdf | type=\"PDActionJavaScript\"", MARKUP),
          Map.entry("testPDF_twoAuthors.pdf | Sample Author 1", METADATA),
          Map.entry("testPDF_twoAuthors.pdf | Sample Author 2", METADATA),
          Map.entry("testPDF_JBIG2.pdf | Norconex", "not in the text layer"),
          Map.entry(
              "testWORD_numbered_list.docx | 1.1. 1.2-&gt;1.1  //set the value",
              "escaped as XHTML; the text has > and is found so"),
          Map.entry(
              "test_recursive_embedded.docx | C:\\Users\\tallison\\AppData\\Local\\Temp\\embed1.zip",
              METADATA),
          Map.entry(
              "test_recursive_embedded.docx | C:\\Users\\tallison\\Desktop\\tmp\\New folder (2)\\embed1.zip",
              METADATA),
          Map.entry("test_recursive_embedded.docx | id=\"embed4.txt\"", MARKUP),
          Map.entry(
              "testWORD_2006ml.docx | frog",
              "moved text; required and forbidden at once, by option"),
          Map.entry("testEXCEL_dateFormats.xlsx | 1996-08-10", LOCALE),
          Map.entry("testEXCEL_dateFormats.xlsx | 2018-09-20", LOCALE),
          Map.entry("testEXCEL-formats.xlsx | 03/10/2009", LOCALE),
          Map.entry("testEXCEL-formats.xlsx | 19 dollars and .99 cents", LOCALE),
          Map.entry("testEXCEL-formats.xlsx | 19/01/2008 04:35", LOCALE),
          Map.entry("testEXCEL-formats.xlsx | At 4:20 AM on Thursday May 17, 2007", LOCALE),
          Map.entry("testPPT_groups.pptx | href=\"http://tika.apache.org", MARKUP),
          Map.entry("testHTML_embedded_img.html | moscow-birds", METADATA + " (of a picture)"),
          Map.entry("testHTML_embedded_img.html | src=\"data:\"", MARKUP),
          Map.entry(
              "testMSG.msg | 29 Jan 2009 19:17:10.0163 (UTC) FILETIME=[2ED25E30:01C98246]",
              "a transport header, not shown by mail programs"),
          Map.entry("testMARKDOWN.md | alt=\"see config.json for details\"", MARKUP),
          Map.entry("testMARKDOWN.md | class=\"language-java\"", MARKUP),
          Map.entry("testMARKDOWN.md | data-info=\"java title=&quot;Example&quot;\"", MARKUP),
          Map.entry("testMARKDOWN.md | href=\"https://example.com\"", MARKUP),
          Map.entry("testMARKDOWN.md | title=\"Tika\"", MARKUP));

  /// Files without text, and the code with which they end.
  static final Map<String, String> FAILED =
      Map.ofEntries(
          Map.entry("droste.zip", "too_deep"),
          Map.entry("quine.gz", "too_deep"),
          Map.entry("testZIP_corrupted_oom.zip", "corrupt"),
          Map.entry("testWORD_truncated.docx", "corrupt"),
          Map.entry("testXXE.xml", "no_text"),
          Map.entry("testHTML_head.html", "no_text"),
          Map.entry("testPDF_twoAuthors.pdf", "no_text"),
          Map.entry("testEXCEL_protected_passtika.xlsx", "encrypted"),
          Map.entry("testWORD_protected_passtika.docx", "encrypted"),
          Map.entry("testODTEncrypted.odt", "encrypted"),
          Map.entry("testPDF_no_extract_no_accessibility_owner_user.pdf", "encrypted"));

  /// Documents of Docling whose reference holds words that are not in ours.
  static final Map<String, String> RECALL_BELOW_95 =
      Map.ofEntries(
          Map.entry("equations.docx", "the reference writes formulas as LaTeX commands"),
          Map.entry("table_with_equations.docx", "the reference writes formulas as LaTeX commands"),
          Map.entry("pone.0234687.nxml", "the reference runs surnames and initials together"),
          Map.entry("pntd.0008301.nxml", "the reference runs surnames and initials together"),
          Map.entry("powerpoint_comments.pptx", "the reference adds authors and times of comments"),
          Map.entry("xlsx_comments.xlsx", "the reference adds words of its own around comments"),
          Map.entry("drawingml.docx", "the reference adds words of its own for drawings"),
          Map.entry("example_02.html", "the reference numbers list items"),
          Map.entry("xlsx_01.xlsx", "the reference adds words of its own for pictures"),
          Map.entry("xlsx_04_inflated.xlsx", "the reference adds words of its own for pictures"),
          Map.entry("right_to_left_03.pdf", "ligatures of Persian letters split otherwise"),
          Map.entry(
              "table_mislabeled_as_picture.pdf",
              "the reference repeats numbers of the questionnaire's list"));

  private ExpectedMisses() {}
}
