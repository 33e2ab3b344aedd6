package engram.retrieval.parse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentNameDictionary;
import org.apache.pdfbox.pdmodel.PDEmbeddedFilesNameTreeNode;
import org.apache.pdfbox.pdmodel.common.PDNameTreeNode;
import org.apache.pdfbox.pdmodel.common.filespecification.PDComplexFileSpecification;
import org.apache.pdfbox.pdmodel.common.filespecification.PDEmbeddedFile;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotation;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationFileAttachment;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationMarkup;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDField;
import org.apache.pdfbox.pdmodel.interactive.form.PDTerminalField;
import org.jspecify.annotations.Nullable;

/// What a PDF holds beside its pages' text: notes, filled-in form fields, attached files.
final class PdfExtras {
  private static final int ANNOTATIONS_PER_PAGE_MAX = 2_000;
  private static final int FIELDS_MAX = 20_000;
  private static final int NAME_TREE_DEPTH_MAX = 20;
  private static final Set<String> WITHOUT_NOTE =
      Set.of("Link", "Widget", "Screen", "Movie", "Popup");

  private final PDDocument document;
  private final ExtractionBuilder out;
  private final Nested nested;
  private final Map<String, PDEmbeddedFile> files = new LinkedHashMap<>();

  PdfExtras(PDDocument document, ExtractionBuilder out, Nested nested) {
    this.document = document;
    this.out = out;
    this.nested = nested;
  }

  /// The notes that readers have put on pages.
  Map<Integer, List<String>> notesByPage(int pagesMax) {
    Map<Integer, List<String>> notes = new HashMap<>();
    for (int page = 1; page <= pagesMax; page++) {
      try {
        List<String> found = new ArrayList<>();
        for (PDAnnotation annotation : document.getPage(page - 1).getAnnotations()) {
          if (found.size() >= ANNOTATIONS_PER_PAGE_MAX) {
            break;
          }
          note(annotation, found);
        }
        if (!found.isEmpty()) {
          notes.put(page, found);
        }
      } catch (IOException | RuntimeException e) {
        out.warn("The notes on page " + page + " could not be read.");
      }
    }
    return notes;
  }

  private void note(PDAnnotation annotation, List<String> found) throws IOException {
    String contents = annotation.getContents();
    if (contents != null
        && !contents.isBlank()
        && !WITHOUT_NOTE.contains(annotation.getSubtype())) {
      String author =
          annotation instanceof PDAnnotationMarkup markup ? markup.getTitlePopup() : null;
      found.add(
          (author == null || author.isBlank() ? "" : author.strip() + ": ") + contents.strip());
    }
    if (annotation instanceof PDAnnotationFileAttachment attachment
        && attachment.getFile() instanceof PDComplexFileSpecification file) {
      add(file.getFilename(), file);
    }
  }

  /// Values of form fields that are filled in.
  void form() {
    try {
      PDAcroForm form = document.getDocumentCatalog().getAcroForm(null);
      if (form == null) {
        return;
      }
      int count = 0;
      for (PDField field : form.getFieldTree()) {
        if (count++ >= FIELDS_MAX) {
          break;
        }
        String value = field instanceof PDTerminalField ? field.getValueAsString() : null;
        if (value != null && !value.isBlank() && !value.equals("Off")) {
          String label =
              field.getAlternateFieldName() == null
                  ? field.getPartialName()
                  : field.getAlternateFieldName();
          out.add(Block.Kind.PARAGRAPH, 0, label + ": " + value.replace('\r', '\n'));
        }
      }
    } catch (RuntimeException e) {
      if (out.isFull()) {
        throw e;
      }
      out.warn("The form fields could not be read.");
    }
  }

  /// Files attached to the document or to its pages.
  void attachments() {
    try {
      PDDocumentNameDictionary names = document.getDocumentCatalog().getNames();
      PDEmbeddedFilesNameTreeNode tree = names == null ? null : names.getEmbeddedFiles();
      collect(tree, 0);
    } catch (IOException | RuntimeException e) {
      out.warn("The list of attached files is damaged.");
    }
    for (Map.Entry<String, PDEmbeddedFile> file : files.entrySet()) {
      try (var data = file.getValue().createInputStream()) {
        nested.entry(file.getKey(), data, file.getValue().getSubtype(), false, out);
      } catch (IOException e) {
        nested.failed(file.getKey(), Failures.of(e, "application/pdf"), out);
      }
    }
  }

  private void collect(@Nullable PDNameTreeNode<PDComplexFileSpecification> node, int depth)
      throws IOException {
    if (node == null || depth > NAME_TREE_DEPTH_MAX) {
      return;
    }
    Map<String, PDComplexFileSpecification> names = node.getNames();
    if (names != null) {
      names.forEach(
          (name, file) -> add(file.getFilename() == null ? name : file.getFilename(), file));
    }
    List<PDNameTreeNode<PDComplexFileSpecification>> kids = node.getKids();
    if (kids != null) {
      for (PDNameTreeNode<PDComplexFileSpecification> kid : kids) {
        collect(kid, depth + 1);
      }
    }
  }

  private void add(@Nullable String name, PDComplexFileSpecification file) {
    PDEmbeddedFile embedded =
        file.getEmbeddedFileUnicode() != null
            ? file.getEmbeddedFileUnicode()
            : file.getEmbeddedFile();
    if (embedded != null && files.size() < nested.limits().entriesMax()) {
      files.putIfAbsent(name == null ? "attachment" : name, embedded);
    }
  }
}
