package engram.inference.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A hub on this machine that misbehaves as it is told.
public final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /// What happens to a request for a file; true if it was answered.
  interface Mischief {
    boolean answer(HttpExchange exchange, byte[] content, int attempt) throws Exception;
  }

  final HttpServer server;
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final Map<String, byte[]> files = new LinkedHashMap<>();
  final Map<String, AtomicInteger> attempts = new LinkedHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  volatile Mischief mischief = (exchange, content, attempt) -> false;
  volatile Mischief listMischief = (exchange, content, attempt) -> false;
  volatile String listing = "";
  private final AtomicInteger lists = new AtomicInteger();

  public FakeHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  public void put(String path, byte[] content) {
    files.put(path, content);
    attempts.put(path, new AtomicInteger());
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(
        path
            + " range="
            + exchange.getRequestHeaders().getFirst("Range")
            + " auth="
            + exchange.getRequestHeaders().getFirst("Authorization"));
    try (exchange) {
      if (path.startsWith("/api/models/")) {
        byte[] json = (listing.isEmpty() ? list() : listing).getBytes(StandardCharsets.UTF_8);
        if (!listMischief.answer(exchange, json, lists.incrementAndGet())) {
          send(exchange, 200, json);
        }
        return;
      }
      String marker = "/resolve/" + COMMIT + "/";
      int at = path.indexOf(marker);
      String file = at < 0 ? path.substring(1) : path.substring(at + marker.length());
      byte[] content = files.get(file);
      if (content == null) {
        send(exchange, 404, new byte[0]);
      } else if (!mischief.answer(exchange, content, attempts.get(file).incrementAndGet())) {
        ranged(exchange, content);
      }
    } catch (IOException gone) {
      // The client has closed the connection.
    } catch (Exception broken) {
      throw new IllegalStateException(broken);
    }
  }

  static void ranged(HttpExchange exchange, byte[] content) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      send(exchange, 200, content);
      return;
    }
    int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    send(exchange, 206, Arrays.copyOfRange(content, from, content.length));
  }

  static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(content);
    }
  }

  /// Promises all and breaks off.
  static void drop(HttpExchange exchange, byte[] content, int from, int bytes) throws IOException {
    int left = content.length - from;
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, left);
    OutputStream out = exchange.getResponseBody();
    out.write(content, from, Math.min(bytes, left));
    out.flush();
    exchange.close();
  }

  static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
  }

  private String list() throws Exception {
    List<String> siblings = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] content = file.getValue();
      boolean large = file.getKey().endsWith(".gguf") || file.getKey().endsWith(".safetensors");
      String hash =
          large
              ? "\"size\":"
                  + content.length
                  + ",\"blobId\":\""
                  + "0".repeat(40)
                  + "\",\"lfs\":"
                  + "{\"sha256\":\""
                  + hex("SHA-256", content)
                  + "\",\"size\":"
                  + content.length
                  + "}"
              : "\"size\":" + content.length + ",\"blobId\":\"" + blob(content) + "\"";
      siblings.add("{\"rfilename\":\"" + file.getKey() + "\"," + hash + "}");
    }
    return "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + String.join(",", siblings) + "]}";
  }

  private static String blob(byte[] content) throws Exception {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] both = Arrays.copyOf(header, header.length + content.length);
    System.arraycopy(content, 0, both, header.length, content.length);
    return hex("SHA-1", both);
  }

  private static String hex(String algorithm, byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
