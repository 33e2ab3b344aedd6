package engram.retrieval.parse;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A cheap guess at the main language: by script where that decides, else by the share of frequent
/// words. Says nothing rather than something wrong on short or mixed text.
final class LanguageGuess {
  private static final int SAMPLE_CHARS = 20_000;
  private static final int LETTERS_MIN = 20;
  private static final int HITS_MIN = 3;

  private static final Map<String, Set<String>> LATIN =
      Map.ofEntries(
          words("en", "the of and to in is that it was for with as his on be at by this have from"),
          words(
              "de",
              "der die und das ist nicht ein eine zu den mit sich auf für von dem des im auch als"),
          words(
              "fr",
              "le la les et des est une que dans qui pour pas sur avec au du ce il sont elle"),
          words("es", "el la los que y en las una por con para es del se no su como más pero al"),
          words(
              "it",
              "il che di la non per una sono con del della gli le è nel anche si dei come più"),
          words("pt", "que não uma com para os do da em as dos por mais foi se como na no ao são"),
          words(
              "nl",
              "de het een van en dat niet op te zijn met voor er aan ook als bij maar was deze"),
          words(
              "sv", "och att det som en på är av för den med inte till har om ett var jag men de"),
          words("da", "og at det er en til af på den for ikke der som med de et har han var jeg"),
          words(
              "fi", "ja on ei se että oli hän mutta kun niin kuin ovat myös joka ole sen tai mitä"),
          words("pl", "i w nie na się że z do jest to jak o po ale za od przez był dla tak"),
          words("cs", "a se na je v že to s z do ale jako za by si jsem pro tak byl jsou"),
          words("ro", "și în de la nu a cu să pe care este din mai ce un o pentru fost sunt dar"),
          words("hu", "a az és hogy nem is egy ez volt meg csak de mint azt már ki van el ha"),
          words(
              "tr", "bir ve bu da de için ile çok ne daha gibi olarak olan var en ama kadar sonra"),
          words("vi", "và của là có không được trong cho một những các với người đã này để từ khi"),
          words(
              "id",
              "yang dan di dengan untuk tidak ini dari itu dalam pada akan adalah ke juga oleh"));

  private static final Map<UnicodeScript, String> SCRIPTS =
      Map.ofEntries(
          Map.entry(UnicodeScript.GREEK, "el"),
          Map.entry(UnicodeScript.HEBREW, "he"),
          Map.entry(UnicodeScript.ARABIC, "ar"),
          Map.entry(UnicodeScript.DEVANAGARI, "hi"),
          Map.entry(UnicodeScript.THAI, "th"),
          Map.entry(UnicodeScript.HANGUL, "ko"),
          Map.entry(UnicodeScript.HAN, "zh"),
          Map.entry(UnicodeScript.CYRILLIC, "ru"),
          Map.entry(UnicodeScript.BENGALI, "bn"),
          Map.entry(UnicodeScript.TAMIL, "ta"),
          Map.entry(UnicodeScript.GEORGIAN, "ka"),
          Map.entry(UnicodeScript.ARMENIAN, "hy"));

  private LanguageGuess() {}

  private static Map.Entry<String, Set<String>> words(String language, String words) {
    return Map.entry(language, Set.copyOf(List.of(words.split(" "))));
  }

  static @Nullable String of(CharSequence text) {
    // From the middle of long texts: their beginnings are front matter, often in English.
    int from = text.length() > 4 * SAMPLE_CHARS ? text.length() / 2 : 0;
    String sample = text.subSequence(from, Math.min(text.length(), from + SAMPLE_CHARS)).toString();
    EnumMap<UnicodeScript, Integer> scripts = new EnumMap<>(UnicodeScript.class);
    int letters = 0;
    for (int i = 0; i < sample.length(); ) {
      int c = sample.codePointAt(i);
      i += Character.charCount(c);
      if (Character.isLetter(c)) {
        letters++;
        scripts.merge(UnicodeScript.of(c), 1, Integer::sum);
      }
    }
    if (letters < LETTERS_MIN) {
      return null;
    }
    int kana =
        scripts.getOrDefault(UnicodeScript.HIRAGANA, 0)
            + scripts.getOrDefault(UnicodeScript.KATAKANA, 0);
    if (kana > 0 && kana * 10 > scripts.getOrDefault(UnicodeScript.HAN, 0) && kana * 10 > letters) {
      return "ja";
    }
    for (Map.Entry<UnicodeScript, Integer> script : scripts.entrySet()) {
      if (script.getValue() * 2 > letters) {
        return script.getKey() == UnicodeScript.LATIN
            ? byWords(sample)
            : byScript(script.getKey(), sample);
      }
    }
    return null;
  }

  private static @Nullable String byScript(UnicodeScript script, String sample) {
    if (script == UnicodeScript.CYRILLIC && sample.chars().anyMatch(c -> "іїєґ".indexOf(c) >= 0)) {
      return "uk";
    }
    if (script == UnicodeScript.ARABIC && sample.chars().anyMatch(c -> "پچژگ".indexOf(c) >= 0)) {
      return "fa";
    }
    return SCRIPTS.get(script);
  }

  private static @Nullable String byWords(String sample) {
    Map<String, Integer> hits = new HashMap<>();
    int count = 0;
    for (String word : sample.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{M}]+")) {
      count++;
      for (Map.Entry<String, Set<String>> language : LATIN.entrySet()) {
        if (language.getValue().contains(word)) {
          hits.merge(language.getKey(), 1, Integer::sum);
        }
      }
    }
    String best = null;
    int most = 0;
    int second = 0;
    for (Map.Entry<String, Integer> hit : hits.entrySet()) {
      if (hit.getValue() > most) {
        second = most;
        most = hit.getValue();
        best = hit.getKey();
      } else {
        second = Math.max(second, hit.getValue());
      }
    }
    return most >= HITS_MIN && most * 20 >= count && most * 10 >= second * 13 ? best : null;
  }
}
