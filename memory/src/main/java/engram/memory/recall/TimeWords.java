package engram.memory.recall;

import java.time.Month;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How times are named in the languages that search knows. The names of months are those of the
/// Unicode CLDR, which the JDK brings; Chinese, Japanese, Korean and Vietnamese number them.
final class TimeWords {
  /// A time that is named by where it lies from today.
  enum Near {
    TODAY,
    YESTERDAY,
    LAST_WEEK,
    LAST_MONTH,
    LAST_YEAR
  }

  private static final List<String> LANGUAGES =
      List.of("en", "de", "fr", "es", "pt", "it", "nl", "ro", "ru", "el", "tr", "ar", "hi", "th");

  /// Of every language; the short ones of English alone, for elsewhere they are words of their own
  /// (Spanish `mar`, Portuguese `set`).
  private static final Map<String, Integer> MONTHS = months();

  static final String MONTH =
      MONTHS.keySet().stream()
          .sorted(Comparator.comparingInt(String::length).reversed())
          .map(Pattern::quote)
          .collect(Collectors.joining("|"));

  static final String BEFORE_YEAR =
      "in|of|during|since|im jahre?|seit|en|depuis|desde|em|nel|dal|sinds|în|din|в|с|το|από|năm|عام|سنة"
          + "|वर्ष|ปี";
  static final String AFTER_YEAR = "год(?:у|а|ом)?|yılında|senesinde|में";

  /// French for yesterday, German and Dutch for here.
  private static final String HIER =
      "^(?=.*\\b(?:qu|que|quoi|quels?|quelles?|qui|est|ai|avons|avez|où)\\b).*\\bhier\\b";

  private static final Map<Near, Pattern> NEAR = new EnumMap<>(Near.class);

  static {
    near(
        Near.TODAY,
        "today|heute|aujourd['’]hui|hoy|hoje|oggi|vandaag|astăzi|azi|сегодня|σήμερα|bugün|hôm nay"
            + "|اليوم|आज",
        "今天|今日|오늘|วันนี้");
    near(
        Near.YESTERDAY,
        "yesterday|gestern|ayer|ontem|ieri|gisteren|вчера|χ[θτ]ες|dün|hôm qua|أمس",
        "昨天|昨日|어제|เมื่อวาน|" + HIER);
    near(
        Near.LAST_WEEK,
        "last week|(?:letzte|vorige|vergangene)n? woche|semaine dernière|semana (?:pasada|passada)"
            + "|settimana scorsa|scorsa settimana|(?:vorige|afgelopen) week|săptămâna trecută"
            + "|прошл(?:ой неделе|ую неделю|ая неделя)|(?:περασμένη|προηγούμενη) εβδομάδα|geçen hafta"
            + "|tuần trước|الأسبوع الماضي|पिछले (?:हफ़्ते|हफ्ते|सप्ताह)",
        "上周|上週|上星期|先週|지난 ?주|(?:สัปดาห์|อาทิตย์)ที่แล้ว");
    near(
        Near.LAST_MONTH,
        "last month|(?:letzte|vorige|vergangene)[nr] monat|mois dernier|mes pasado|mês passado"
            + "|mese scorso|scorso mese|(?:vorige|afgelopen) maand|luna trecută"
            + "|прошл(?:ом месяце|ый месяц)|(?:περασμένο|προηγούμενο) μήνα|geçen ay|tháng trước"
            + "|الشهر الماضي|पिछले महीने",
        "上个月|上個月|上月|先月|지난 ?달|เดือนที่แล้ว");
    near(
        Near.LAST_YEAR,
        "last year|(?:letzte|vorige|vergangene)[sn] jahr|(?:année|an) (?:dernière|dernier)"
            + "|año pasado|ano passado|anno scorso|scorso anno|(?:vorig|afgelopen) jaar|anul trecut"
            + "|прошл(?:ом году|ый год)|πέρ[υ]?σι|geçen (?:yıl|sene)|năm ngoái"
            + "|العام الماضي|السنة الماضية|पिछले (?:साल|वर्ष)",
        "去年|昨年|작년|지난 ?해|ปีที่แล้ว");
  }

  private TimeWords() {}

  /// @param apart words with borders
  /// @param joined in scripts that have none
  private static void near(Near near, String apart, String joined) {
    NEAR.put(
        near,
        Pattern.compile(
            "\\b(?:" + apart + ")\\b|" + joined, Pattern.UNICODE_CHARACTER_CLASS | Pattern.DOTALL));
  }

  private static Map<String, Integer> months() {
    Map<String, Integer> months = new HashMap<>();
    for (String language : LANGUAGES) {
      Locale locale = Locale.of(language);
      for (Month month : Month.values()) {
        for (TextStyle style : List.of(TextStyle.FULL, TextStyle.FULL_STANDALONE)) {
          months.put(
              month.getDisplayName(style, locale).toLowerCase(Locale.ROOT), month.getValue());
        }
      }
    }
    for (Month month : Month.values()) {
      String english = month.getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      months.put(english.substring(0, 3).toLowerCase(Locale.ROOT), month.getValue());
    }
    months.put("sept", 9);
    return Map.copyOf(months);
  }

  /// @param name as [#MONTH] fits it
  static int month(String name) {
    return Objects.requireNonNull(MONTHS.get(name));
  }

  /// What a text in lower case names.
  static List<Near> in(String text) {
    List<Near> found = new ArrayList<>();
    NEAR.forEach((near, pattern) -> {
      if (pattern.matcher(text).find()) {
        found.add(near);
      }
    });
    return found;
  }
}
