package engram.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A query whose right results are known.
///
/// @param id as its file names it, unique in the set
/// @param judgements grade by document; relevant from 1 on, what is not named is not relevant
/// @param answers texts of which each would answer it; empty where none are known
public record JudgedQuery(
    String id, String text, Map<String, Integer> judgements, List<String> answers) {
  public JudgedQuery {
    judgements = Collections.unmodifiableMap(new LinkedHashMap<>(judgements));
    answers = List.copyOf(answers);
    checkName("query id", id);
    if (text.isBlank() || text.length() > ReadLimits.QUERY_CHARS_MAX || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "query '%s' has a text of 1 to %d characters that is not blank"
              .formatted(id, ReadLimits.QUERY_CHARS_MAX));
    }
    judgements.forEach((document, grade) -> {
      checkName("document", document);
      if (Math.abs(grade) > ReadLimits.GRADE_MAX) {
        throw new IllegalArgumentException(
            "grade %d of document '%s' is not in [-%d, %d]"
                .formatted(grade, document, ReadLimits.GRADE_MAX, ReadLimits.GRADE_MAX));
      }
    });
    if (answers.size() > ReadLimits.ANSWERS_MAX) {
      throw new IllegalArgumentException(
          "query '%s' has more than %d answers".formatted(id, ReadLimits.ANSWERS_MAX));
    }
    for (String answer : answers) {
      if (answer.isBlank()
          || answer.length() > ReadLimits.ANSWER_CHARS_MAX
          || answer.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "an answer of query '%s' has not 1 to %d characters"
                .formatted(id, ReadLimits.ANSWER_CHARS_MAX));
      }
    }
  }

  public boolean hasRelevant() {
    return judgements.values().stream().anyMatch(grade -> grade > 0);
  }

  static void checkName(String what, String name) {
    if (name.isBlank()
        || name.length() > ReadLimits.NAME_CHARS_MAX
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a %s has 1 to %d printable characters".formatted(what, ReadLimits.NAME_CHARS_MAX));
    }
  }
}
