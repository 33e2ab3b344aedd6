package engram.api.openai.models;

import engram.api.openai.ListView;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Library;
import engram.retrieval.Page;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriUtils;

@RestController
@Requires({Verb.READ, Verb.CHAT})
@RequestMapping("/v1/models")
class ModelsController {
  private final ModelNames names;
  private final Library library;

  ModelsController(ModelNames names, Library library) {
    this.names = names;
    this.library = library;
  }

  record ModelView(String id, String object, long created, String ownedBy) {
    static ModelView of(String id) {
      return new ModelView(id, "model", 0, "engram");
    }

    static ModelView of(DocumentCollection collection) {
      return new ModelView(
          ModelNames.COLLECTION_PREFIX + collection.id(),
          "model",
          collection.createdAt().getEpochSecond(),
          "engram");
    }
  }

  /// The fixed names, then one for each of the newest collections.
  @GetMapping
  ListView<ModelView> list(Access access) {
    List<DocumentCollection> collections =
        library.collections(access, Page.Cursor.first(Page.LIMIT_MAX)).items();
    return ListView.whole(
        Stream.concat(
                names.known().stream().map(ModelView::of), collections.stream().map(ModelView::of))
            .toList(),
        ModelView::id);
  }

  /// Names may hold slashes, so the id is the whole rest of the path.
  @GetMapping("/**")
  ModelView get(Access access, HttpServletRequest request) {
    String path = request.getRequestURI();
    String model =
        UriUtils.decode(
            path.substring(path.indexOf("/v1/models/") + "/v1/models/".length()), "UTF-8");
    if (!names.exists(access, model)) {
      throw names.unknown(model);
    }
    return ModelView.of(model);
  }
}
