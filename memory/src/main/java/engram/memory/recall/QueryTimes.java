package engram.memory.recall;

import engram.memory.index.Question.Interval;
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

/// The times that a query names, in English and as ISO dates, all in UTC: `2023-05-08`, `8 May
/// 2023`, `May 8, 2023`, `May 2023`, `in 2023`, `yesterday`, `last week`, `three days ago`.
///
/// A month without a year is nobody's month; it names no time.
final class QueryTimes {
  private static final int TIMES_MAX = 8;
  private static final String MONTH =
      "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
          + "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
  private static final Pattern ISO = Pattern.compile("\\b(\\d{4})-(\\d{2})-(\\d{2})\\b");
  private static final Pattern DAY_MONTH =
      Pattern.compile("\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? " + MONTH + ",? (\\d{4})\\b");
  private static final Pattern MONTH_DAY =
      Pattern.compile("\\b" + MONTH + " (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b");
  private static final Pattern MONTH_YEAR = Pattern.compile("\\b" + MONTH + ",? (\\d{4})\\b");
  private static final Pattern YEAR =
      Pattern.compile("\\b(?:in|of|during|since) ((?:19|20)\\d{2})\\b");
  private static final Pattern NEAR = Pattern.compile("\\b(today|yesterday)\\b");
  private static final Pattern LAST = Pattern.compile("\\blast (week|month|year)\\b");
  private static final Pattern AGO =
      Pattern.compile(
          "\\b(\\d{1,3}|a|an|one|two|three|four|five|six) (day|week|month|year)s? ago\\b");
  private static final List<String> NUMBERS =
      List.of("", "one", "two", "three", "four", "five", "six");

  private QueryTimes() {}

  static List<Interval> of(String query, Instant now) {
    String text = query.toLowerCase(Locale.ROOT);
    LocalDate today = now.atZone(ZoneOffset.UTC).toLocalDate();
    List<Interval> found = new ArrayList<>();
    find(ISO, text, found, m -> day(number(m, 1), number(m, 2), number(m, 3)));
    find(DAY_MONTH, text, found, m -> day(number(m, 3), month(m, 2), number(m, 1)));
    find(MONTH_DAY, text, found, m -> day(number(m, 3), month(m, 1), number(m, 2)));
    find(MONTH_YEAR, text, found, m -> month(YearMonth.of(number(m, 2), month(m, 1))));
    find(YEAR, text, found, m -> year(number(m, 1)));
    find(
        NEAR,
        text,
        found,
        m -> {
          LocalDate date = m.group(1).equals("today") ? today : today.minusDays(1);
          return days(date, date.plusDays(1));
        });
    find(LAST, text, found, m -> last(m.group(1), today));
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
    return "janfebmaraprmayjunjulaugsepoctnovdec".indexOf(match.group(group).substring(0, 3)) / 3
        + 1;
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

  private static Interval last(String unit, LocalDate today) {
    return switch (unit) {
      case "week" -> days(today.minusDays(7), today);
      case "month" -> month(YearMonth.from(today).minusMonths(1));
      default -> year(today.getYear() - 1);
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
