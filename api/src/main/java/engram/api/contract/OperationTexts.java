package engram.api.contract;

import engram.api.security.Requires;
import io.swagger.v3.oas.models.Operation;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;

/// Names operations after their methods, so that the names stay when others come, and words them
/// from `operations.properties`: `<name>` for what it does, `<name>.body` for what it takes and
/// `<name>.reply` for what it gives.
@Component
class OperationTexts implements OperationCustomizer {
  /// On operations: the verbs of which a key needs one.
  static final String VERBS = "x-engram-verbs";

  private final Properties texts = new Properties();

  OperationTexts() {
    try (var text =
        new InputStreamReader(
            new ClassPathResource("operations.properties", OperationTexts.class).getInputStream(),
            StandardCharsets.UTF_8)) {
      texts.load(text);
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  @Override
  public Operation customize(Operation operation, HandlerMethod handler) {
    String subject = handler.getBeanType().getSimpleName().replaceFirst("Controller$", "");
    String method = handler.getMethod().getName();
    String name =
        subject.substring(0, 1).toLowerCase(Locale.ROOT)
            + subject.substring(1)
            + method.substring(0, 1).toUpperCase(Locale.ROOT)
            + method.substring(1);
    operation.setOperationId(name);
    operation.setTags(List.of(subject.replaceAll("(?<=[a-z])(?=[A-Z])", " ")));
    operation.setSummary(texts.getProperty(name));
    if (operation.getRequestBody() != null) {
      operation.getRequestBody().setDescription(texts.getProperty(name + ".body"));
    }
    if (operation.getResponses() != null) {
      operation
          .getResponses()
          .values()
          .forEach(reply -> reply.setDescription(texts.getProperty(name + ".reply")));
    }
    List<String> verbs = verbs(handler);
    if (!verbs.isEmpty()) {
      operation.setDescription("Needs a key with the verb " + String.join(" or ", verbs) + ".");
      operation.addExtension(VERBS, verbs);
    }
    return operation;
  }

  private static List<String> verbs(HandlerMethod handler) {
    Requires onMethod = handler.getMethodAnnotation(Requires.class);
    @Nullable Requires requires =
        onMethod != null
            ? onMethod
            : AnnotatedElementUtils.findMergedAnnotation(handler.getBeanType(), Requires.class);
    return requires == null
        ? List.of()
        : Arrays.stream(requires.value()).map(verb -> verb.label()).toList();
  }
}
