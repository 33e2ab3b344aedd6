package engram.api.console;

import engram.api.console.ConsoleFiles.ConsoleFile;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Serves the console's files, before keys are checked: they hold nothing but the program, and
/// whoever loads them has to sign in.
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 90)
class ConsoleFilter extends OncePerRequestFilter {
  /// The first part of each path that the console itself knows; `console/src/routes.tsx` has the
  /// same.
  private static final Set<String> PAGES =
      Set.of(
          "collections",
          "playground",
          "evaluation",
          "memory",
          "models",
          "jobs",
          "usage",
          "audit",
          "receipts",
          "keys",
          "tenants",
          "settings");

  private static final Pattern PAGE = Pattern.compile("/([a-z]+)(/[A-Za-z0-9_-]+){0,5}");

  /// No script, style, picture or call but our own; a document's preview is a `blob:` of ours.
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
          + " font-src 'self'; connect-src 'self'; frame-src blob:; form-action 'self';"
          + " base-uri 'none'; frame-ancestors 'none'";

  private final ConsoleFiles files;

  ConsoleFilter(ConsoleFiles files) {
    this.files = files;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String method = request.getMethod();
    String path = request.getRequestURI();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    if (reads && isPage(path)) {
      // Asked for anew each time: it names the files of this build.
      send(request, response, files.page(), "no-cache");
      return;
    }
    Optional<ConsoleFile> asset =
        reads && path.length() > 1 ? files.asset(path.substring(1)) : Optional.empty();
    if (asset.isPresent()) {
      boolean hashed = path.startsWith("/assets/");
      String keep = hashed ? "public, max-age=31536000, immutable" : "public, max-age=86400";
      send(request, response, asset.get(), keep);
      return;
    }
    chain.doFilter(request, response);
  }

  static boolean isPage(String path) {
    var parts = PAGE.matcher(path);
    return path.equals("/") || (parts.matches() && PAGES.contains(parts.group(1)));
  }

  private static void send(
      HttpServletRequest request, HttpServletResponse response, ConsoleFile file, String keep)
      throws IOException {
    response.setHeader("Content-Security-Policy", POLICY);
    response.setHeader("Cache-Control", keep);
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Vary", "Accept-Encoding");
    response.setContentType(file.type());
    byte[] body = file.plain();
    byte[] gzip = file.gzip();
    String accepted = request.getHeader("Accept-Encoding");
    if (gzip != null && accepted != null && accepted.contains("gzip")) {
      response.setHeader("Content-Encoding", "gzip");
      body = gzip;
    }
    response.setContentLength(body.length);
    if (request.getMethod().equals("GET")) {
      response.getOutputStream().write(body);
    }
  }
}
