package engram.api.openai;

import engram.retrieval.Page;
import java.util.List;
import java.util.function.Function;

/// A piece of a list, as `/v1` shows it; `last_id` is the next request's `after`.
///
/// Both ids are empty in an empty list, because strict clients refuse null there.
public record ListView<T>(
    String object, List<T> data, String firstId, String lastId, boolean hasMore) {

  /// @param id of an item, as cursors name it
  public static <S, T> ListView<T> of(
      Page<S> page, Function<S, String> id, Function<? super S, ? extends T> view) {
    List<S> items = page.items();
    return new ListView<>(
        "list",
        items.stream().<T>map(view).toList(),
        items.isEmpty() ? "" : id.apply(items.getFirst()),
        items.isEmpty() ? "" : id.apply(items.getLast()),
        page.hasMore());
  }

  public static <T> ListView<T> whole(List<T> items, Function<T, String> id) {
    return of(new Page<>(items, false), id, item -> item);
  }
}
