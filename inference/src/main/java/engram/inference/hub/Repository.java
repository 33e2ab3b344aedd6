package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a hub says a revision of a model consists of.
///
/// @param commit that the revision is now; files are fetched by it, so a pull is of one state
record Repository(String commit, List<ModelManifest.File> files) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int MAX_LIST_BYTES = 64 << 20;
  private static final int MAX_FILES = 100_000;
  private static final int MAX_PATH_CHARACTERS = 512;
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}");

  static Repository read(HubSettings settings, HubHttp http, ModelName name)
      throws InterruptedException {
    URI address =
        at(
            settings,
            "/api/models/" + name.repository() + "/revision/" + encoded(name.revision()),
            "?blobs=true");
    Attempts attempts = new Attempts(settings, "the model '" + name + "'");
    while (true) {
      try {
        HttpResponse<InputStream> response =
            http.get(address, Map.of("Accept", "application/json"));
        try (InputStream body = response.body()) {
          if (response.statusCode() == 200) {
            return parse(body.readNBytes(MAX_LIST_BYTES), name);
          }
          attempts.refused(response);
        }
      } catch (IOException broken) {
        attempts.broken(broken);
      }
    }
  }

  /// Where a file of this commit is.
  URI address(HubSettings settings, ModelName name, String path) {
    String encoded =
        Arrays.stream(path.split("/")).map(Repository::encoded).collect(Collectors.joining("/"));
    return at(settings, "/" + name.repository() + "/resolve/" + commit + "/" + encoded, "");
  }

  private static URI at(HubSettings settings, String path, String query) {
    String base = settings.baseUrl().toString();
    return URI.create(
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path + query);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static Repository parse(byte[] json, ModelName name) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JacksonException unreadable) {
      throw refused("the hub's list of '" + name + "' is no JSON: is ENGRAM_HUB_URL right?");
    }
    String commit = root.path("sha").asString("");
    if (!HEX.matcher(commit).matches()) {
      throw refused("the hub names no commit of '" + name + "'");
    }
    List<ModelManifest.File> files = new ArrayList<>();
    for (JsonNode file : root.path("siblings")) {
      if (files.size() == MAX_FILES) {
        throw refused("'" + name + "' has more than " + MAX_FILES + " files");
      }
      files.add(file(file));
    }
    return new Repository(commit, List.copyOf(files));
  }

  private static ModelManifest.File file(JsonNode node) {
    String path = node.path("rfilename").asString("");
    requireInside(path);
    JsonNode lfs = node.path("lfs");
    boolean large = lfs.isObject();
    String hash = large ? lfs.path("sha256").asString("") : node.path("blobId").asString("");
    JsonNode size = large ? lfs.path("size") : node.path("size");
    if (!size.isIntegralNumber() || size.longValue() < 0 || !HEX.matcher(hash).matches()) {
      throw refused("the hub gives no size or checksum of '" + path + "'");
    }
    return new ModelManifest.File(
        path, size.longValue(), (large ? Digests.SHA256 : Digests.BLOB) + hash);
  }

  /// A path must stay inside of the model's folder on every system, and leave our own files alone.
  private static void requireInside(String path) {
    boolean inside = !path.isEmpty() && path.length() <= MAX_PATH_CHARACTERS;
    for (String segment : path.split("/", -1)) {
      inside &=
          !segment.isEmpty()
              && !segment.equals(".")
              && !segment.equals("..")
              && segment.chars().noneMatch(c -> c < ' ' || "\\:*?\"<>|".indexOf(c) >= 0);
    }
    if (!inside || path.startsWith(ModelFolder.OWN)) {
      throw refused("the hub names a file '" + path + "', which is not allowed");
    }
  }

  private static HubException refused(String message) {
    return new HubException(Reason.REFUSED, message);
  }
}
