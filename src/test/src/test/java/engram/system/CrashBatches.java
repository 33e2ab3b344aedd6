package engram.system;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Collections that are made, filled by one batch of files and deleted, and files that are deleted
/// for themselves. A batch is there whole or not at all, and so is a collection.
final class CrashBatches {
  private static final int COLLECTIONS_MAX = 4;
  private static final int FILES = 6;
  private static final int SENTENCES_MAX = 4_000;

  private final Random random;
  private final Consumer<String> losses;
  private final List<Filled> collections = new ArrayList<>();

  /// Every upload that was acknowledged and whose deletion was not, by the file's id.
  private final Map<String, Upload> uploads = new TreeMap<>();

  /// Since the last check.
  private final Set<String> deleted = new TreeSet<>();

  private final Set<String> deletedFiles = new TreeSet<>();
  private int numbers;

  private enum State {
    ABSENT,
    EMPTY,
    FULL
  }

  private static final class Filled {
    final String name;
    final Set<State> possible = new HashSet<>(Set.of(State.ABSENT));
    final List<String> files = new ArrayList<>();
    String id = "";

    Filled(String name) {
      this.name = name;
    }

    void settle(State state) {
      possible.clear();
      possible.add(state);
    }
  }

  private static final class Upload {
    final String word;
    final byte[] content;
    boolean mayBeGone;

    Upload(String word, byte[] content) {
      this.word = word;
      this.content = content;
    }
  }

  CrashBatches(Random random, Consumer<String> losses) {
    this.random = random;
    this.losses = losses;
  }

  void step(Api api) {
    int dice = random.nextInt(4);
    if (dice == 0 && !uploads.isEmpty()) {
      deleteFile(api);
    } else if (dice == 1 && !collections.isEmpty() || collections.size() == COLLECTIONS_MAX) {
      deleteCollection(api);
    } else {
      addCollection(api);
    }
  }

  private void addCollection(Api api) {
    Filled collection = new Filled("filled-" + ++numbers);
    collections.add(collection);
    collection.possible.add(State.EMPTY);
    collection.id = api.createCollection(collection.name);
    collection.settle(State.EMPTY);
    for (int file = 0; file < FILES; file++) {
      String word = "batch" + numbers + "f" + file + "x";
      byte[] content = content(word);
      String id = api.upload(word + ".txt", content).path("id").asString();
      uploads.put(id, new Upload(word, content));
      collection.files.add(id);
    }
    collection.possible.add(State.FULL);
    api.post(
        "/v1/vector_stores/" + collection.id + "/file_batches",
        Map.of("file_ids", List.copyOf(collection.files)));
    collection.settle(State.FULL);
  }

  /// Most are short; the word stands in the first sentence only.
  private byte[] content(String word) {
    int sentences = random.nextInt(4) == 0 ? random.nextInt(SENTENCES_MAX) : 5;
    StringBuilder text = new StringBuilder("The pilot wrote down " + word + " first.\n\n");
    for (int sentence = 0; sentence < sentences; sentence++) {
      text.append("Then light ")
          .append(sentence)
          .append(" of the harbour was seen through the fog.\n\n");
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void deleteCollection(Api api) {
    Filled collection = collections.get(random.nextInt(collections.size()));
    collection.possible.add(State.ABSENT);
    api.delete("/v1/vector_stores/" + collection.id);
    collection.settle(State.ABSENT);
    collections.remove(collection);
    deleted.add(collection.id);
  }

  private void deleteFile(Api api) {
    List<String> ids = List.copyOf(uploads.keySet());
    String id = ids.get(random.nextInt(ids.size()));
    uploads.get(id).mayBeGone = true;
    api.delete("/v1/files/" + id);
    uploads.remove(id);
    collections.forEach(collection -> collection.files.remove(id));
    deletedFiles.add(id);
  }

  void check(Api api, String when) {
    checkFiles(api, when);
    Map<String, String> byName = new HashMap<>();
    Set<String> ids = new TreeSet<>();
    for (JsonNode store : api.get("/v1/vector_stores?limit=100").path("data")) {
      String id = store.path("id").asString();
      ids.add(id);
      if (byName.put(store.path("name").asString(), id) != null) {
        losses.accept(when + ": there are two collections of one name: " + store);
      }
    }
    deleted.stream()
        .filter(id -> ids.contains(id) || status(api, "/v1/vector_stores/" + id) != 404)
        .forEach(id -> losses.accept(when + ": the deleted collection " + id + " is there"));
    for (Filled collection : List.copyOf(collections)) {
      collection.id = byName.getOrDefault(collection.name, "");
      State found = state(api, when, collection);
      if (!collection.possible.contains(found)) {
        losses.accept(
            when + ": " + collection.name + " is " + found + ", not " + collection.possible);
      }
      collection.settle(found);
      if (found == State.ABSENT) {
        collections.remove(collection);
      }
    }
    deleted.clear();
  }

  private void checkFiles(Api api, String when) {
    deletedFiles.stream()
        .filter(id -> status(api, "/v1/files/" + id) != 404)
        .forEach(id -> losses.accept(when + ": the deleted file " + id + " is there"));
    deletedFiles.clear();
    for (String id : List.copyOf(uploads.keySet())) {
      Upload upload = uploads.get(id);
      Api.Reply reply = api.send("GET", "/v1/files/" + id + "/content", null, null, Map.of());
      if (reply.status() == 404 && upload.mayBeGone) {
        uploads.remove(id);
        collections.forEach(collection -> collection.files.remove(id));
      } else if (reply.status() != 200 || !Arrays.equals(reply.raw().body(), upload.content)) {
        losses.accept(when + ": the content of " + id + " is lost, status " + reply.status());
      }
      upload.mayBeGone = false;
    }
  }

  private static int status(Api api, String path) {
    return api.send("GET", path, null, null, Map.of()).status();
  }

  /// What the database says; and whether searches say the same.
  private State state(Api api, String when, Filled collection) {
    if (collection.id.isEmpty()) {
      return State.ABSENT;
    }
    Set<String> held = new TreeSet<>();
    String path = "/v1/vector_stores/" + collection.id;
    for (JsonNode file : api.get(path + "/files?limit=100").path("data")) {
      held.add(file.path("id").asString());
      if (!file.path("status").asString().equals("completed")) {
        losses.accept(when + ": " + collection.name + " holds " + file);
      }
    }
    Set<String> words = words(held);
    if (!words.equals(searchable(api, collection.id, words(Set.copyOf(collection.files))))) {
      losses.accept(when + ": of " + collection.name + " searches do not find just " + words);
    }
    if (!held.isEmpty() && !held.equals(new TreeSet<>(collection.files))) {
      losses.accept(when + ": " + collection.name + " holds a part of its batch: " + held);
    }
    // Of a batch whose files were all deleted nothing shows.
    boolean emptied = collection.files.isEmpty() && collection.possible.contains(State.FULL);
    return emptied || !held.isEmpty() ? State.FULL : State.EMPTY;
  }

  private Set<String> words(Set<String> files) {
    return files.stream()
        .filter(uploads::containsKey)
        .map(file -> uploads.get(file).word)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> searchable(Api api, String collection, Set<String> words) {
    Set<String> found = new TreeSet<>();
    for (String word : words) {
      JsonNode page = api.search(collection, Map.of("query", word, "max_num_results", 50));
      for (JsonNode hit : page.path("data")) {
        if (hit.path("content").path(0).path("text").asString().contains(word)
            && !found.add(word)) {
          found.add(word + " twice");
        }
      }
    }
    return found;
  }
}
