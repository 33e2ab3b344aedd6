package engram.api.rest;

import engram.api.error.Failure;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.Surroundings;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// A hit with what stands around it.
@RestController
@Requires(Verb.READ)
class ChunksController {
  private final Library library;

  ChunksController(Library library) {
    this.library = library;
  }

  /// @param neighbours chunks before and after it, none if absent
  @GetMapping("/api/collections/{collection}/chunks/{chunk}")
  Surroundings around(
      Access access,
      @PathVariable String collection,
      @PathVariable long chunk,
      @RequestParam(required = false) @Nullable Integer neighbours) {
    int count = neighbours == null ? 0 : neighbours;
    if (count < 0 || count > Surroundings.NEIGHBOURS_MAX) {
      throw Failure.invalid(
              "neighbours", "'neighbours' is in [0, " + Surroundings.NEIGHBOURS_MAX + "].")
          .toException();
    }
    return library.around(access, collection, chunk, count);
  }
}
