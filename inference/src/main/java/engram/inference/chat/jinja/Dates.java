package engram.inference.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Dates as C's strftime writes them, in English.
final class Dates {
  private Dates() {}

  static String format(LocalDateTime time, String pattern) {
    StringBuilder built = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char unit = pattern.charAt(i);
      if (unit != '%' || i + 1 == pattern.length()) {
        built.append(unit);
        continue;
      }
      char field = pattern.charAt(++i);
      boolean plain = field == '-' && i + 1 < pattern.length();
      if (plain) {
        field = pattern.charAt(++i);
      }
      String text = field(time, field);
      built.append(plain && text.startsWith("0") && text.length() > 1 ? text.substring(1) : text);
    }
    return built.toString();
  }

  private static String field(LocalDateTime time, char field) {
    String java =
        switch (field) {
          case 'd' -> "dd";
          case 'm' -> "MM";
          case 'y' -> "yy";
          case 'Y' -> "yyyy";
          case 'b' -> "MMM";
          case 'B' -> "MMMM";
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          default -> "";
        };
    return java.isEmpty()
        ? (field == '%' ? "%" : "%" + field)
        : DateTimeFormatter.ofPattern(java, Locale.US).format(time);
  }
}
