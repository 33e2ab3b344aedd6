package engram.memory.read;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Times as the formats write them. A time without a zone is taken as UTC, always.
final class EventTimes {
  /// `1:56 pm on 8 May, 2023`
  private static final DateTimeFormatter LOCOMO =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("h:mm a 'on' d MMMM, uuuu")
          .toFormatter(Locale.ENGLISH);

  /// `2023/05/20 (Sat) 02:21`
  private static final DateTimeFormatter LONG_MEM_EVAL =
      DateTimeFormatter.ofPattern("uuuu/MM/dd (EEE) HH:mm", Locale.ENGLISH);

  private EventTimes() {}

  static Instant loCoMo(String text, String where) {
    return local(text, LOCOMO, where);
  }

  static Instant longMemEval(String text, String where) {
    return local(text, LONG_MEM_EVAL, where);
  }

  private static Instant local(String text, DateTimeFormatter format, String where) {
    try {
      return LocalDateTime.parse(text.strip(), format).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw Malformed.at(where, "'" + shown(text) + "' is no time in this format");
    }
  }

  /// Seconds since 1970 as a number, or ISO 8601 as a text.
  static Instant of(JsonNode value, String where) {
    if (value.isNumber()) {
      try {
        double seconds = value.asDouble();
        return Instant.ofEpochSecond(
            (long) Math.floor(seconds), Math.round((seconds - Math.floor(seconds)) * 1e6) * 1_000);
      } catch (DateTimeException | ArithmeticException e) {
        throw Malformed.at(where, value + " is no time in seconds since 1970");
      }
    }
    if (value.isString()) {
      try {
        return OffsetDateTime.parse(value.asString()).toInstant();
      } catch (DateTimeException e) {
        throw Malformed.at(
            where, "'" + shown(value.asString()) + "' is no ISO 8601 time with a zone");
      }
    }
    throw Malformed.at(where, "a time must be seconds since 1970 or an ISO 8601 text");
  }

  private static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
