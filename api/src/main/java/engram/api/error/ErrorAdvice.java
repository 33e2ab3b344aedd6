package engram.api.error;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/// What controllers throw.
@RestControllerAdvice
class ErrorAdvice {
  private final ErrorWriter writer;

  ErrorAdvice(ErrorWriter writer) {
    this.writer = writer;
  }

  @ExceptionHandler(Exception.class)
  void onException(Exception thrown, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!Failures.isClientGone(thrown)) {
      writer.write(request, response, Failures.of(thrown));
    }
  }
}
