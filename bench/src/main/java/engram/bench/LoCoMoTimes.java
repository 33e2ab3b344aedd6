package engram.bench;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/// `1:56 pm on 8 May, 2023`, in UTC for want of a zone.
final class LoCoMoTimes {
  private static final DateTimeFormatter FORMAT =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("h:mm a 'on' d MMMM, uuuu")
          .toFormatter(Locale.ENGLISH);

  private LoCoMoTimes() {}

  static String iso(String text) {
    return LocalDateTime.parse(text.strip(), FORMAT).toInstant(ZoneOffset.UTC).toString();
  }
}
