package engram.memory.fact;

import engram.memory.FactDraft;
import engram.memory.vault.SubjectCipher;
import java.text.Normalizer;
import java.util.Locale;
import java.util.TreeSet;

/// Keyed hashes by which claims are found without their text being readable.
final class FactHashes {
  private final SubjectCipher cipher;

  FactHashes(SubjectCipher cipher) {
    this.cipher = cipher;
  }

  byte[] subject(String subject) {
    return cipher.digest("fact subject", normal(subject));
  }

  byte[] predicate(String predicate) {
    return cipher.digest("fact predicate", normal(predicate));
  }

  /// Of what can have one value at a time.
  byte[] slot(FactDraft draft) {
    String subject = normal(draft.subject());
    String predicate = normal(draft.predicate());
    return draft.single()
        ? cipher.digest("fact slot", subject, predicate)
        : cipher.digest("fact slot", subject, predicate, normal(draft.object()));
  }

  /// Of the whole claim.
  byte[] whole(FactDraft draft, String corrects) {
    TreeSet<String> evidence = new TreeSet<>();
    draft.evidence().forEach(piece -> evidence.add(piece.toString()));
    return cipher.digest(
        "fact",
        normal(draft.subject()),
        normal(draft.predicate()),
        draft.object(),
        Boolean.toString(draft.single()),
        String.valueOf(draft.validFrom()),
        String.valueOf(draft.validTo()),
        draft.eventAt().toString(),
        draft.source().text(),
        evidence.toString(),
        corrects);
  }

  byte[] quote(String quote) {
    return cipher.digest("quote", quote);
  }

  static String normal(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC)
        .strip()
        .replaceAll("\\s+", " ")
        .toLowerCase(Locale.ROOT);
  }
}
