package engram.api.security;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The verb that a key needs for an endpoint; on the method, or on the class for all its methods.
/// Every endpoint has this or [AnyKey], or the server does not start.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Requires {
  /// One of these is enough.
  Verb[] value();
}
