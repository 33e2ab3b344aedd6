package engram.retrieval.guard;

import java.util.List;
import java.util.stream.Collectors;

/// How a reader is told to disregard what it was told, in the languages that search knows beside
/// English: in each an order to ignore or forget, what was said before, and a word for
/// instructions, near each other and in the order that the language has.
final class OverrideWords {
  /// @param triggers one of which is in every sentence that the pattern fits
  private record Language(String triggers, String pattern) {}

  private static final List<Language> LANGUAGES =
      List.of(
          language( // de
              "ignoriere ignorier ignorieren vergiss missachte missachten",
              "(?:ignorier\\w*|vergiss|missachte\\w*)",
              "(?:vorherig|bisherig|obig|vorig|früher|vorangegangen|vorangehend|alle)\\w*",
              "(?:anweisung|instruktion|befehl|regel|vorgabe)\\w*"),
          language( // fr
              "ignore ignorez ignorer oublie oubliez oublier",
              "(?:ignore[zr]?|oublie[zr]?)",
              "(?:instruction|consigne|directive|règle|ordre)s?",
              "(?:précédent|antérieur|ci-dessus|donné|reçu)\\w*"),
          language( // es
              "ignora ignore ignorar ignoren olvida olvide olvidar",
              "(?:ignor(?:a|e|ar|en)|olvid(?:a|e|ar))",
              "(?:instruccion|orden|regla|indicacion)\\w*",
              "(?:anterior|previ|arriba)\\w*"),
          language( // pt
              "ignora ignore ignorar esquece esqueça desconsidere",
              "(?:ignor(?:a|e|ar)|esque(?:ce|ça)|desconsidere)",
              "(?:instruç|ordens|regras|orientaç)\\w*",
              "(?:anterior|prévi|acima)\\w*"),
          language( // it
              "ignora ignorate ignorare dimentica dimenticate",
              "(?:ignor(?:a|ate|are)|dimentica(?:te)?)",
              "(?:istruzioni|regole|indicazioni|ordini)",
              "(?:precedent|anterior|sopra)\\w*"),
          language( // nl
              "negeer negeren vergeet",
              "(?:negeer|negeren|vergeet)",
              "(?:vorige|eerdere|voorgaande|bovenstaande|alle)",
              "(?:instructies|opdrachten|regels|aanwijzingen)"),
          language( // ro
              "ignoră ignorați ignora uită uitați",
              "(?:ignor(?:ă|ați|a)|uit(?:ă|ați))",
              "(?:instrucțiunile|regulile|comenzile|indicațiile)",
              "(?:anterioare|precedente|de mai sus|de până acum)"),
          language( // ru
              "игнорируй игнорируйте проигнорируй проигнорируйте забудь забудьте",
              "(?:про)?игнорируй(?:те)?|забудь(?:те)?",
              "(?:предыдущ|прежн|вышеуказанн|все)\\w*",
              "(?:инструкци|указани|команд|правил)\\w*"),
          language( // el
              "αγνόησε αγνοήστε αγνόησέ ξέχνα ξεχάστε",
              "(?:αγνόησ[εέ]|αγνοήστε|ξέχνα|ξεχάστε)",
              "(?:προηγούμεν|παραπάνω|όλες)\\w*",
              "(?:οδηγίες|εντολές|κανόνες)"),
          language( // tr
              "yok unut görmezden dikkate göz",
              "(?:önceki|yukarıdaki|tüm|bütün)",
              "(?:talimat|komut|yönerge|kural)\\w*",
              "(?:yok say|unut|görmezden gel|dikkate alma|göz ardı et)"),
          language( // vi
              "hướng chỉ lệnh",
              "(?:bỏ qua|phớt lờ|quên)",
              "(?:hướng dẫn|chỉ dẫn|chỉ thị|lệnh)",
              "(?:trước|ở trên)"),
          language( // ar
              "تجاهل انس",
              "(?:تجاهل|انس)",
              "(?:التعليمات|الأوامر|الإرشادات|القواعد)",
              "(?:السابق|أعلاه)"),
          language( // hi
              "निर्देश",
              "(?:पिछले|पिछली|पूर्व|ऊपर)",
              "निर्देश",
              "(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल)"),
          language( // zh
              "忽略 无视 忘记 忽視 無視",
              "(?:忽略|无视|忘记|忽視|無視)",
              "(?:之前|以上|先前|前面|此前|所有)",
              "(?:指令|指示|提示|说明|說明|规则|規則)"),
          language( // ja
              "無視 忘れ", "(?:以前|これまで|上記|前|すべて)の", "(?:指示|命令|プロンプト|ルール)", "(?:無視|忘れ)"),
          language( // ko
              "무시 잊어", "(?:이전|위의|앞의|모든)", "(?:지시|명령|지침|규칙)", "(?:무시|잊어)"),
          language( // th
              "คำสั่ง คำแนะนำ",
              "(?:เพิกเฉย|ละเว้น|ไม่ต้องสนใจ|ลืม)",
              "(?:คำสั่ง|คำแนะนำ)",
              "(?:ก่อนหน้า|ข้างต้น|ทั้งหมด)"));

  static final String TRIGGERS =
      LANGUAGES.stream().map(Language::triggers).collect(Collectors.joining(" "));
  static final String PATTERN =
      LANGUAGES.stream().map(Language::pattern).collect(Collectors.joining("|"));

  private OverrideWords() {}

  private static Language language(String triggers, String... parts) {
    return new Language(triggers, "(?:" + String.join(").{0,40}?(?:", parts) + ")");
  }
}
