package engram.api.start;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/// A setting of Engram's own that is out of its bounds, or no value of its type.
@Order(0)
final class BadSetting extends AbstractFailureAnalyzer<BindException> {
  private static final String PREFIX = "engram.";

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable whole, BindException failure) {
    String what = what(failure);
    return what == null
        ? null
        : new FailureAnalysis(what, "docs/operations.md lists all settings.", failure);
  }

  private static @Nullable String what(BindException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String said = root.getMessage();
    if (root instanceof IllegalArgumentException && said != null && said.startsWith(PREFIX)) {
      return said + ".";
    }
    ConfigurationProperty property = failure.getProperty();
    String name = property == null ? "" : property.getName().toString();
    return property != null && name.startsWith(PREFIX)
        ? "The setting " + name + " cannot be \"" + property.getValue() + "\"."
        : null;
  }
}
