package engram.api.openai.responses;

import engram.api.admin.Audit;
import engram.api.erase.Mentions;
import engram.api.openai.Extension;
import engram.api.openai.Grounding;
import engram.api.openai.Grounding.PassageView;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.security.Caller;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Keeps responses, so that a conversation can go on and be read again.
///
/// A response quotes documents, so it is there only for the key that made it, acting as the same
/// principals; and for keys that may administrate and read everything. For all of them only while
/// they see every file whose passages the answer was made from, or those of the responses before
/// it.
@Component
class ResponseStore {
  private final Transactions transactions;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final Library library;
  private final Audit audit;

  ResponseStore(
      Transactions transactions, JdbcClient jdbc, JsonMapper json, Library library, Audit audit) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.json = json;
    this.library = library;
    this.audit = audit;
  }

  /// @param input the request's items, with ids
  record Stored(ArrayNode input, JsonNode response) {}

  /// Keeps nothing if a document that the response quotes went while it was made.
  void save(Caller caller, ArrayNode input, ResponseView response) {
    ObjectNode request = json.createObjectNode();
    request.set("input", input);
    request.set("as", as(caller));
    Set<String> mentions = mentions(response);
    transactions.inTenant(
        caller.tenant(),
        () -> {
          mentions.addAll(
              mentionsOf(caller.tenant(), String.valueOf(response.previousResponseId())));
          if (library.hold(caller.access(), Mentions.files(mentions))) {
            insert(caller, request, response);
            insertMentions(caller.tenant(), response.id(), mentions);
          }
        });
  }

  private static Set<String> mentions(ResponseView response) {
    Set<String> mentions = new TreeSet<>();
    Extension extension = response.engram();
    if (extension != null && extension.memory() != null) {
      mentions.add(extension.memory().scopeId());
    }
    Grounding grounding = extension == null ? null : extension.grounding();
    if (grounding != null) {
      for (PassageView passage : grounding.passages()) {
        mentions.add(passage.fileId());
        mentions.add(passage.collectionId());
      }
    }
    return mentions;
  }

  private void insert(Caller caller, ObjectNode request, ResponseView response) {
    jdbc.sql(
            """
            insert into responses (id, tenant_id, key_id, request, response)
            values (?, ?, ?, ?::jsonb, ?::jsonb)
            """)
        .params(
            List.of(
                response.id(),
                caller.tenant(),
                caller.keyId(),
                json.writeValueAsString(request),
                json.writeValueAsString(response)))
        .update();
  }

  private void insertMentions(UUID tenant, String id, Set<String> mentions) {
    jdbc.sql(
            """
            insert into response_mentions (tenant_id, response_id, subject)
              select :tenant, :id, subject from unnest(:subjects::text[]) as mention (subject)
            """)
        .param("tenant", tenant)
        .param("id", id)
        .param("subjects", mentions.toArray(String[]::new))
        .update();
  }

  private Set<String> mentionsOf(UUID tenant, String id) {
    return jdbc.sql("select subject from response_mentions where response_id = ? and tenant_id = ?")
        .params(id, tenant)
        .query(String.class)
        .set();
  }

  /// @throws NotFoundException if there is none for this caller
  Stored get(Caller caller, String id) {
    return find(caller, id).orElseThrow(() -> new NotFoundException("response", id));
  }

  Optional<Stored> find(Caller caller, String id) {
    return transactions.readInTenant(
        caller.tenant(),
        () ->
            jdbc.sql(
                    "select key_id, request, response from responses where tenant_id = ? and id = ?")
                .params(caller.tenant(), id)
                .query((row, index) ->
                    new Row(
                        row.getString("key_id"),
                        json.readTree(row.getString("request")),
                        json.readTree(row.getString("response"))))
                .optional()
                .filter(row -> isTheirs(caller, row))
                .filter(row ->
                    library.sees(caller.access(), Mentions.files(mentionsOf(caller.tenant(), id))))
                .map(row -> new Stored((ArrayNode) row.request().get("input"), row.response())));
  }

  void delete(Caller caller, String id) {
    transactions.inTenant(
        caller.tenant(),
        () -> {
          get(caller, id);
          jdbc.sql("delete from responses where tenant_id = ? and id = ?")
              .params(caller.tenant(), id)
              .update();
          audit.add(caller, "response.deleted", "response " + id, Map.of());
        });
  }

  /// Takes back what was kept a moment ago.
  void forget(Caller caller, String id) {
    transactions.inTenant(
        caller.tenant(),
        () -> {
          jdbc.sql("delete from responses where tenant_id = ? and id = ?")
              .params(caller.tenant(), id)
              .update();
        });
  }

  private record Row(String keyId, JsonNode request, JsonNode response) {}

  private boolean isTheirs(Caller caller, Row row) {
    if (caller.may(Verb.ADMIN) && caller.access().readsAll()) {
      return true;
    }
    return row.keyId().equals(caller.keyId()) && as(caller).equals(row.request().get("as"));
  }

  /// Whom it was made for: principals, or null for a key that reads everything. No list of
  /// principals can look like that one.
  private JsonNode as(Caller caller) {
    if (caller.access().readsAll()) {
      return json.getNodeFactory().nullNode();
    }
    ArrayNode principals = json.createArrayNode();
    new TreeSet<>(caller.access().principals()).forEach(principals::add);
    return principals;
  }
}
