package engram.retrieval;

import engram.retrieval.Flag.Place;
import java.util.ArrayList;
import java.util.List;

/// Looks at texts of documents for what their reader should know. Any number of threads.
@FunctionalInterface
public interface PassageInspector {
  /// @param text a part of a source's text
  /// @param start where it begins in the source's text
  /// @return in order; their spans lie in the source's text
  List<Flag> flags(String text, int start);

  /// The same of a piece that is shown beside a text.
  ///
  /// @param start where the piece begins in that place
  /// @param text what the piece is held against: an order that the text goes on about is none
  /// @return in order; their spans lie in that place
  default List<Flag> flags(Place place, String piece, int start, String text) {
    return flags(piece, start).stream()
        .map(flag -> new Flag(flag.kind(), place, flag.span(), flag.reasons()))
        .toList();
  }

  /// All flags of what a reader of the hit is shown.
  default List<Flag> flags(Hit hit) {
    Source source = hit.source();
    List<Flag> flags = new ArrayList<>();
    String title = source.title() == null ? source.filename() : source.title();
    flags.addAll(flags(Place.TITLE, title, 0, hit.text()));
    int start = 0;
    for (String heading : source.headingPath()) {
      flags.addAll(flags(Place.HEADINGS, heading, start, hit.text()));
      start += heading.length() + Flag.BETWEEN_HEADINGS.length();
    }
    if (!hit.context().isEmpty()) {
      flags.addAll(flags(Place.CONTEXT, hit.context(), 0, hit.text()));
    }
    flags.addAll(flags(hit.text(), source.span().start()));
    return flags;
  }

  /// The page with each hit's flags.
  default SearchPage flagged(SearchPage page) {
    List<Hit> hits =
        page.hits().stream()
            .map(hit -> {
              List<Flag> flags = flags(hit);
              return flags.isEmpty() ? hit : hit.flagged(flags);
            })
            .toList();
    return new SearchPage(hits, page.hasMore(), page.notes());
  }
}
