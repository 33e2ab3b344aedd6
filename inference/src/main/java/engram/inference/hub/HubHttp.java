package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Requests to the hub, redirects followed by hand: each target is looked at first, and the token
/// stays with the hub.
final class HubHttp implements AutoCloseable {
  private static final int MAX_REDIRECTS = 8;

  private final HubSettings settings;
  private final HttpClient client;

  HubHttp(HubSettings settings) {
    this.settings = settings;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(settings.connectTimeout())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /// Any answer but a redirect; the caller closes its body.
  ///
  /// @throws IOException if the connection fails, which may be tried again
  /// @throws HubException if a redirect is not followed
  HttpResponse<InputStream> get(URI address, Map<String, String> headers)
      throws IOException, InterruptedException {
    URI target = address;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(target).GET();
      request.header("User-Agent", "engram");
      headers.forEach(request::header);
      if (settings.token() != null && isHub(target)) {
        request.header("Authorization", "Bearer " + settings.token());
      }
      HttpResponse<InputStream> response = send(request.build());
      int status = response.statusCode();
      boolean redirect =
          status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
      if (!redirect) {
        return response;
      }
      response.body().close();
      String location =
          response
              .headers()
              .firstValue("Location")
              .orElseThrow(() -> refused("a redirect of " + address + " leads nowhere"));
      target = allowed(target, location);
    }
    throw refused(address + " redirects more than " + MAX_REDIRECTS + " times");
  }

  /// Waits for the headers. The request's own timeout is not used for that: from Java 26 on it goes
  /// on to the end of the body, and a download may take hours.
  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
    try {
      return answer.get(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      answer.cancel(true);
      throw new HttpTimeoutException("no answer within " + settings.connectTimeout());
    } catch (InterruptedException stopped) {
      answer.cancel(true);
      throw stopped;
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof IOException broken ? broken : new IOException(failed);
    }
  }

  private URI allowed(URI from, String location) throws UnknownHostException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException malformed) {
      throw refused("a redirect leads to '" + location + "', which is no address");
    }
    String scheme = String.valueOf(target.getScheme());
    if (target.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
      throw refused("a redirect leads to '" + target + "', which is no http or https address");
    }
    if (scheme.equals("http") && from.getScheme().equals("https")) {
      throw refused("a redirect leads from https to http, to " + target.getHost());
    }
    if (!isHub(target) && !settings.allowPrivateAddresses()) {
      for (InetAddress address : InetAddress.getAllByName(target.getHost())) {
        if (isPrivate(address)) {
          throw refused(
              "a redirect leads to "
                  + target.getHost()
                  + ", an address of a private network; allow private addresses if this is meant");
        }
      }
    }
    return target;
  }

  private boolean isHub(URI target) {
    URI hub = settings.baseUrl();
    return target.getScheme().equals(hub.getScheme())
        && target.getHost().equalsIgnoreCase(hub.getHost())
        && target.getPort() == hub.getPort();
  }

  static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = address instanceof Inet6Address && (bytes[0] & 0xFE) == 0xFC;
    boolean shared = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xC0) == 64;
    return address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()
        || uniqueLocal
        || shared;
  }

  private static HubException refused(String message) {
    return new HubException(Reason.REFUSED, message);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
