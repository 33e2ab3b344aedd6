package engram.eval.run;

import engram.eval.JudgedSet;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a judged set calls the documents of a collection, and which of the judged ones are there
/// for who asks. Those that may not be read are not there. One thread.
final class Names {
  private final Library library;
  private final Access access;
  private final String collection;
  private final JudgedSet set;
  private final Map<String, Boolean> present = new HashMap<>();
  private final Map<String, String> nameByFile = new HashMap<>();
  private @Nullable Set<String> listed;

  Names(Library library, Access access, String collection, JudgedSet set) {
    this.library = library;
    this.access = access;
    this.collection = collection;
    this.set = set;
  }

  /// Whether the collection has a document of this name. Ask before [#of] about its hits.
  boolean has(String name) {
    return present.computeIfAbsent(name, this::find);
  }

  private boolean find(String name) {
    return switch (set.documentsBy()) {
      case KEY -> fileOf(name).map(file -> holds(name, file)).orElse(false);
      case FILE_ID -> holds(name, name);
      // Neither is a name that documents can be looked up by.
      case FILENAME, ATTRIBUTE -> listed().contains(name);
    };
  }

  private Optional<String> fileOf(String key) {
    try {
      return Optional.of(library.fileByKey(access, key).id());
    } catch (NotFoundException absent) {
      return Optional.empty();
    }
  }

  private boolean holds(String name, String file) {
    try {
      if (library.document(access, collection, file).status() != DocumentStatus.COMPLETED) {
        return false;
      }
      nameByFile.put(file, name);
      return true;
    } catch (NotFoundException absent) {
      return false;
    }
  }

  private Set<String> listed() {
    if (listed == null) {
      listed = new HashSet<>();
      Page.Cursor cursor = new Page.Cursor(Page.LIMIT_MAX, true, null, null);
      boolean more = true;
      while (more) {
        Page<Document> page =
            library.documents(access, collection, DocumentStatus.COMPLETED, cursor);
        for (Document document : page.items()) {
          listed.add(name(document.fileId(), document.filename(), document.attributes()));
        }
        more = page.hasMore() && !page.items().isEmpty();
        cursor =
            more
                ? new Page.Cursor(Page.LIMIT_MAX, true, page.items().getLast().fileId(), null)
                : cursor;
      }
    }
    return listed;
  }

  /// The name of a hit's document; its file's id where the set has no name for it.
  String of(Hit hit) {
    return name(hit.source().fileId(), hit.source().filename(), hit.attributes());
  }

  private String name(String fileId, String filename, Map<String, Object> attributes) {
    return switch (set.documentsBy()) {
      case KEY -> nameByFile.getOrDefault(fileId, fileId);
      case FILE_ID -> fileId;
      case FILENAME -> filename;
      case ATTRIBUTE -> attribute(fileId, attributes);
    };
  }

  private String attribute(String fileId, Map<String, Object> attributes) {
    Object value = set.attribute() == null ? null : attributes.get(set.attribute());
    return switch (value) {
      case null -> fileId;
      // As it was written: 2026 is kept as a number.
      case Double number when number == Math.rint(number) && Math.abs(number) < 1e15 ->
          Long.toString(number.longValue());
      default -> value.toString();
    };
  }
}
