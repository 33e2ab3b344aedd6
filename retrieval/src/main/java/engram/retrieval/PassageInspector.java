package engram.retrieval;

import java.util.List;

/// Looks at texts of documents for what their reader should know. Any number of threads.
public interface PassageInspector {
  /// @param text a part of a source's text
  /// @param start where it begins in the source's text
  /// @return in order; their spans lie in the source's text
  List<Flag> flags(String text, int start);

  /// The page with each hit's flags.
  default SearchPage flagged(SearchPage page) {
    List<Hit> hits =
        page.hits().stream()
            .map(hit -> {
              List<Flag> flags = flags(hit.text(), hit.source().span().start());
              return flags.isEmpty() ? hit : hit.flagged(flags);
            })
            .toList();
    return new SearchPage(hits, page.hasMore(), page.notes());
  }
}
