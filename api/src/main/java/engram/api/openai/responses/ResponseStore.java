package engram.api.openai.responses;

import engram.api.security.Caller;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.NotFoundException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Keeps responses, so that a conversation can go on and be read again.
///
/// A response quotes documents, so it is there only for the key that made it, acting as the same
/// principals; and for keys that may administrate and read everything.
@Component
class ResponseStore {
  private final Transactions transactions;
  private final JdbcClient jdbc;
  private final JsonMapper json;

  ResponseStore(Transactions transactions, JdbcClient jdbc, JsonMapper json) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.json = json;
  }

  /// @param input the request's items, with ids
  record Stored(ArrayNode input, JsonNode response) {}

  void save(Caller caller, String id, ArrayNode input, Object response) {
    ObjectNode request = json.createObjectNode();
    request.set("input", input);
    request.put("as", as(caller));
    transactions.inTenant(
        caller.tenant(),
        () -> {
          jdbc.sql(
                  """
                  insert into responses (id, tenant_id, key_id, request, response)
                  values (?, ?, ?, ?::jsonb, ?::jsonb)
                  """)
              .params(
                  List.of(
                      id,
                      caller.tenant(),
                      caller.keyId(),
                      json.writeValueAsString(request),
                      json.writeValueAsString(response)))
              .update();
        });
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
                .filter(row -> visible(caller, row))
                .map(row -> new Stored((ArrayNode) row.request().get("input"), row.response())));
  }

  void delete(Caller caller, String id) {
    get(caller, id);
    transactions.inTenant(
        caller.tenant(),
        () -> {
          jdbc.sql("delete from responses where tenant_id = ? and id = ?")
              .params(caller.tenant(), id)
              .update();
        });
  }

  private record Row(String keyId, JsonNode request, JsonNode response) {}

  private static boolean visible(Caller caller, Row row) {
    if (caller.may(Verb.ADMIN) && caller.access().readsAll()) {
      return true;
    }
    return row.keyId().equals(caller.keyId())
        && row.request().path("as").asString("").equals(as(caller));
  }

  private static String as(Caller caller) {
    return caller.access().readsAll()
        ? "*"
        : String.join("\n", new TreeSet<>(caller.access().principals()));
  }
}
