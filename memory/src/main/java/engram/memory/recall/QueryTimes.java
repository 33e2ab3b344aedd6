package engram.memory.recall;

import engram.memory.index.Question.Interval;
import engram.memory.recall.TimeWords.Near;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The times that a query names, all in UTC: `2023-05-08`, `8.5.2023`, `8 May 2023`, `May 2023`,
/// `in 2023`, `yesterday`, `last week` in the languages of [TimeWords]; `May 8, 2023` and `three
/// days ago` in English.
///
/// A month without a year is nobody's month; it names no time. Nor do dates with slashes, of which
/// nobody knows where the month stands.
final class QueryTimes {
  private static final int TIMES_MAX = 8;
  private static final String MONTH = "(" + TimeWords.MONTH + ")\\.?";
  private static final Pattern ISO = pattern("\\b(\\d{4})-(\\d{2})-(\\d{2})\\b");
  private static final Pattern POINTS = pattern("\\b(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})\\b");
  private static final Pattern SIGNS =
      pattern("(\\d{4})[年년] ?(?:(\\d{1,2})[月월] ?(?:(\\d{1,2})[日일])?)?");
  private static final Pattern DAY_MONTH =
      pattern(
          "\\b(\\d{1,2})(?:st|nd|rd|th|er|[.ºª])?(?: of| de)? "
              + MONTH
              + "(?:,| de| del)? (\\d{4})\\b");
  private static final Pattern MONTH_DAY =
      pattern("\\b" + MONTH + " (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b");
  private static final Pattern MONTH_YEAR = pattern("\\b" + MONTH + "(?:,| de| del)? (\\d{4})\\b");
  private static final Pattern NUMBERED_MONTH =
      pattern("\\btháng (\\d{1,2})(?: năm |[/ ])(\\d{4})\\b");
  private static final Pattern YEAR =
      pattern(
          "(?:\\b(?:"
              + TimeWords.BEFORE_YEAR
              + ") ?((?:19|20)\\d{2})\\b)"
              + "|\\b((?:19|20)\\d{2}) (?:"
              + TimeWords.AFTER_YEAR
              + ")\\b");
  private static final Pattern AGO =
      pattern("\\b(\\d{1,3}|a|an|one|two|three|four|five|six) (day|week|month|year)s? ago\\b");
  private static final List<String> NUMBERS =
      List.of("", "one", "two", "three", "four", "five", "six");

  private QueryTimes() {}

  /// With the borders of words in every script.
  private static Pattern pattern(String pattern) {
    return Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS);
  }

  static List<Interval> of(String query, Instant now) {
    String text = query.toLowerCase(Locale.ROOT);
    LocalDate today = now.atZone(ZoneOffset.UTC).toLocalDate();
    List<Interval> found = new ArrayList<>();
    find(ISO, text, found, m -> day(number(m, 1), number(m, 2), number(m, 3)));
    find(DAY_MONTH, text, found, m -> day(number(m, 3), month(m, 2), number(m, 1)));
    find(MONTH_DAY, text, found, m -> day(number(m, 3), month(m, 1), number(m, 2)));
    find(POINTS, text, found, m -> day(number(m, 3), number(m, 2), number(m, 1)));
    find(MONTH_YEAR, text, found, m -> month(YearMonth.of(number(m, 2), month(m, 1))));
    find(NUMBERED_MONTH, text, found, m -> month(YearMonth.of(number(m, 2), number(m, 1))));
    find(SIGNS, text, found, QueryTimes::bySigns);
    find(YEAR, text, found, m -> year(number(m, m.group(1) == null ? 2 : 1)));
    for (Near near : TimeWords.in(text)) {
      if (found.size() < TIMES_MAX) {
        found.add(near(near, today));
      }
    }
    find(AGO, text, found, m -> ago(count(m.group(1)), m.group(2), today));
    return found;
  }

  private interface Reading {
    Interval of(MatchResult match);
  }

  private static void find(Pattern pattern, String text, List<Interval> found, Reading reading) {
    Matcher matcher = pattern.matcher(text);
    while (matcher.find() && found.size() < TIMES_MAX) {
      try {
        found.add(reading.of(matcher));
      } catch (DateTimeException noSuchDay) {
        // 31 June is a slip of the tongue, not an error of the query.
      }
    }
  }

  private static int number(MatchResult match, int group) {
    return Integer.parseInt(match.group(group));
  }

  private static int month(MatchResult match, int group) {
    return TimeWords.month(match.group(group));
  }

  private static Interval bySigns(MatchResult match) {
    if (match.group(2) == null) {
      return year(number(match, 1));
    }
    return match.group(3) == null
        ? month(YearMonth.of(number(match, 1), number(match, 2)))
        : day(number(match, 1), number(match, 2), number(match, 3));
  }

  private static int count(String text) {
    if (Character.isDigit(text.charAt(0))) {
      return Integer.parseInt(text);
    }
    return Math.max(1, NUMBERS.indexOf(text));
  }

  private static Interval day(int year, int month, int day) {
    LocalDate date = LocalDate.of(year, month, day);
    return days(date, date.plusDays(1));
  }

  private static Interval month(YearMonth month) {
    return days(month.atDay(1), month.plusMonths(1).atDay(1));
  }

  private static Interval year(int year) {
    return days(LocalDate.of(year, 1, 1), LocalDate.of(year + 1, 1, 1));
  }

  private static Interval near(Near near, LocalDate today) {
    return switch (near) {
      case TODAY -> days(today, today.plusDays(1));
      case YESTERDAY -> days(today.minusDays(1), today);
      case LAST_WEEK -> days(today.minusDays(7), today);
      case LAST_MONTH -> month(YearMonth.from(today).minusMonths(1));
      case LAST_YEAR -> year(today.getYear() - 1);
    };
  }

  /// As exact as people are: days to the day, weeks to half a week, months to half a month.
  private static Interval ago(int count, String unit, LocalDate today) {
    return switch (unit) {
      case "day" -> days(today.minusDays(count), today.minusDays(count - 1L));
      case "week" -> days(today.minusDays(7L * count + 3), today.minusDays(7L * count - 4));
      case "month" ->
          days(today.minusMonths(count).minusDays(15), today.minusMonths(count).plusDays(16));
      default -> year(today.getYear() - count);
    };
  }

  private static Interval days(LocalDate from, LocalDate to) {
    return new Interval(
        from.atStartOfDay(ZoneOffset.UTC).toInstant(), to.atStartOfDay(ZoneOffset.UTC).toInstant());
  }
}
