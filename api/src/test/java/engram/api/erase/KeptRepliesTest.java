package engram.api.erase;

import static org.assertj.core.api.Assertions.assertThat;

import engram.api.ServerTest;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.Verb;
import engram.retrieval.Indexing;
import engram.retrieval.Ingestion;
import engram.retrieval.Library;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// Replies that are kept quote documents: they go when these go, and are hidden when these are.
class KeptRepliesTest extends ServerTest {
  @Autowired Ingestion ingestion;
  @Autowired Indexing indexing;
  @Autowired Library library;

  private String admin;
  private String collection;
  private String file;

  @BeforeEach
  void aSearchableDocument() {
    admin = key(Verb.values()).secret();
    collection = collection();
    HttpResponse<String> put =
        send(
            "PUT",
            "/api/collections/" + collection + "/documents/herons.txt",
            "Herons wait for fish in shallow water. They strike quickly.",
            admin,
            "Content-Type",
            "text/plain");
    file = json(put).path("document").path("file_id").stringValue();
    while (ingestion.ingestNext("test")) {}
    indexing.signal();
    assertThat(indexing.awaitApplied(library.headSeq(), Duration.ofSeconds(20))).isTrue();
  }

  private String collection() {
    return json(post("/v1/vector_stores", "{\"name\":\"c\"}", admin)).path("id").stringValue();
  }

  private String reader(String... principals) {
    return limited(null, Set.of(Verb.READ, Verb.CHAT), principals).secret();
  }

  private KeyStore.Created limited(Set<String> collections, Set<Verb> verbs, String... principals) {
    return keys.create(
        tenant,
        new KeyDraft(
            "limited", verbs, collections, null, Set.of(principals), false, Budget.UNLIMITED, null),
        "test");
  }

  private String responded(String secret, String... headers) {
    var made =
        post(
            "/v1/responses",
            """
            {"model": "engram", "input": "What do herons wait for?",
             "tools": [{"type": "file_search", "vector_store_ids": ["%s"]}]}
            """
                .formatted(collection),
            secret,
            headers);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    assertThat(made.body()).contains("shallow water");
    return "/v1/responses/" + json(made).path("id").stringValue();
  }

  private HttpResponse<String> search(String secret) {
    return post(
        "/v1/vector_stores/" + collection + "/search",
        "{\"query\":\"herons\"}",
        secret,
        "Idempotency-Key",
        "search");
  }

  private static boolean isReplay(HttpResponse<String> response) {
    return response.headers().firstValue("Idempotency-Replayed").isPresent();
  }

  private String document() {
    return "/api/collections/" + collection + "/documents/" + file;
  }

  @Test
  void repliesGoWithTheDocumentThatTheyQuote() {
    String response = responded(admin);
    assertThat(search(admin).body()).contains("shallow water");
    assertThat(isReplay(search(admin))).isTrue();
    assertThat(send("DELETE", document(), null, admin).statusCode()).isEqualTo(200);
    assertThat(get(response, admin).statusCode()).isEqualTo(404);
    assertThat(search(admin).body()).doesNotContain("shallow water");
    var entry = json(get("/api/audit?action=document.deleted", admin)).path("data").path(0);
    assertThat(entry.path("detail").path("kept_replies").asInt()).isEqualTo(2);
  }

  @Test
  void aRefusedDeletionForgetsNothing() {
    String response = responded(admin);
    String other = collection();
    post("/v1/vector_stores/" + other + "/files", "{\"file_id\":\"" + file + "\"}", admin);
    String here = limited(Set.of(collection), Set.of(Verb.READ, Verb.DELETE)).secret();
    assertThat(send("DELETE", "/v1/files/" + file, null, here).statusCode()).isEqualTo(403);
    assertThat(get(response, admin).statusCode()).isEqualTo(200);
  }

  @Test
  void repliesAreHiddenWhenTheReadersOfADocumentAreNarrowed() {
    String ann = reader("user:ann");
    String response = responded(ann);
    assertThat(search(ann).body()).contains("shallow water");
    assertThat(get(response, ann).statusCode()).isEqualTo(200);
    assertThat(isReplay(search(ann))).isTrue();

    String continuation =
        "/v1/responses/"
            + json(post(
                    "/v1/responses",
                    """
                    {"model": "engram", "input": "And then?", "previous_response_id": "%s",
                     "tools": [{"type": "file_search", "vector_store_ids": ["%s"]}]}
                    """
                        .formatted(response.substring("/v1/responses/".length()), collection()),
                    ann))
                .path("id")
                .stringValue();
    assertThat(get(continuation, ann).statusCode()).isEqualTo(200);

    send("PATCH", document(), "{\"readers\":[\"user:bob\"]}", admin);
    assertThat(get(response, ann).statusCode()).isEqualTo(404);
    assertThat(get(continuation, ann).statusCode())
        .as("it may repeat what it goes on from")
        .isEqualTo(404);
    assertThat(get(response + "/input_items", ann).statusCode()).isEqualTo(404);
    var continued =
        post(
            "/v1/responses",
            """
            {"model": "engram", "input": "And then?", "previous_response_id": "%s",
             "tools": [{"type": "file_search", "vector_store_ids": ["%s"]}]}
            """
                .formatted(response.substring("/v1/responses/".length()), collection),
            ann);
    assertThat(continued.statusCode()).as(continued.body()).isEqualTo(404);
    indexing.awaitApplied(library.headSeq(), Duration.ofSeconds(20));
    var again = search(ann);
    assertThat(isReplay(again)).isFalse();
    assertThat(again.body()).doesNotContain("shallow water");
    assertThat(get(response, admin).statusCode()).as("who still reads it").isEqualTo(200);

    send("PATCH", document(), "{\"readers\":[]}", admin);
    assertThat(get(response, ann).statusCode()).isEqualTo(200);
  }

  @Test
  void aPrincipalNamedStarIsNotEverybody() {
    String everything = key(Verb.READ, Verb.CHAT).secret();
    String response = responded(everything);
    assertThat(get(response, everything).statusCode()).isEqualTo(200);
    assertThat(get(response, everything, "Engram-Act-As", "*").statusCode()).isEqualTo(404);
    String starred = responded(everything, "Engram-Act-As", "*");
    assertThat(get(starred, everything).statusCode()).isEqualTo(404);
    assertThat(get(starred, everything, "Engram-Act-As", "*").statusCode()).isEqualTo(200);
  }

  @Test
  void deletingAResponseIsAudited() {
    String response = responded(admin);
    assertThat(send("DELETE", response, null, admin).statusCode()).isEqualTo(200);
    var entry = json(get("/api/audit?action=response.deleted", admin)).path("data").path(0);
    assertThat(entry.path("subject").asString())
        .isEqualTo("response " + response.substring("/v1/responses/".length()));
  }
}
