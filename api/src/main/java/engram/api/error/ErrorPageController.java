package engram.api.error;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/// What the servlet container dispatches here: statuses that something set without a body.
@Controller
class ErrorPageController implements ErrorController {
  private final ErrorWriter writer;

  ErrorPageController(ErrorWriter writer) {
    this.writer = writer;
  }

  @RequestMapping("${spring.web.error.path:/error}")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    writer.write(request, response, failure(request));
  }

  private static Failure failure(HttpServletRequest request) {
    if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable thrown) {
      return Failures.of(thrown);
    }
    // Without a status somebody asked for this path itself.
    return request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer status
            && status >= 400
        ? Failures.ofStatus(status)
        : Failures.ofStatus(404);
  }
}
