package engram.api.web;

import engram.api.ApiSettings;
import engram.api.error.RequestId;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import jakarta.servlet.MultipartConfigElement;
import java.util.List;
import org.apache.catalina.core.StandardHost;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.http.server.observation.ServerRequestObservationConvention;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;

/// The servlet container and Spring MVC as this server uses them.
@Configuration(proxyBeanMethods = false)
class WebConfiguration {
  private static final int PART_ENVELOPE_BYTES = 1 << 20;

  /// Parts go to disk as they arrive.
  @Bean
  MultipartConfigElement multipartConfig(ApiSettings settings) {
    long fileBytesMax = settings.uploadBytesMax().toBytes();
    return new MultipartConfigElement("", fileBytesMax, fileBytesMax + PART_ENVELOPE_BYTES, 0);
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat() {
    return factory -> {
      // TRACE is refused by the key check like everything else, not by the container before it.
      factory.addConnectorCustomizers(connector -> {
        connector.setAllowTrace(true);
        // Which paths may hold an encoded slash is the firewall's to say.
        connector.setEncodedSolidusHandling(EncodedSolidusHandling.DECODE.getValue());
      });
      factory.addEngineValves(new ConnectionValve());
      factory.addContextCustomizers(context -> {
        if (context.getParent() instanceof StandardHost host) {
          host.setErrorReportValveClass(PlainErrorValve.class.getName());
        }
      });
    };
  }

  /// Preflights carry no key, so they are answered before keys are checked; without origins in the
  /// settings this filter is off and they are refused like any request without a key.
  @Bean
  FilterRegistrationBean<CorsFilter> cors(ApiSettings settings) {
    var configuration = new CorsConfiguration();
    configuration.setAllowedOrigins(settings.corsOrigins());
    configuration.setAllowedMethods(List.of("GET", "POST", "PUT", "PATCH", "DELETE"));
    configuration.setAllowedHeaders(List.of("*"));
    configuration.setExposedHeaders(List.of(RequestId.HEADER, "Retry-After"));
    var source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/v1/**", configuration);
    source.registerCorsConfiguration("/api/**", configuration);
    var registration = new FilterRegistrationBean<>(new CorsFilter(source));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 50);
    registration.setEnabled(!settings.corsOrigins().isEmpty());
    return registration;
  }

  /// A trace can be found by the id that the caller was given.
  @Bean
  ServerRequestObservationConvention requestIdInTraces() {
    return new DefaultServerRequestObservationConvention() {
      @Override
      public KeyValues getHighCardinalityKeyValues(ServerRequestObservationContext context) {
        var request = context.getCarrier();
        KeyValues values = super.getHighCardinalityKeyValues(context);
        return request == null
            ? values
            : values.and(KeyValue.of("request.id", RequestId.of(request)));
      }
    };
  }
}
