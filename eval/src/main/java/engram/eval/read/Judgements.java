package engram.eval.read;

import engram.eval.JudgedQuery;
import engram.eval.ReadLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gathers what several files say of the same queries.
final class Judgements {
  private final ReadLimits limits;
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
  private final Map<String, Set<String>> answers = new LinkedHashMap<>();
  private int count;

  Judgements(ReadLimits limits) {
    this.limits = limits;
  }

  void query(String id, String text, Lines at) {
    String before = texts.putIfAbsent(id, text);
    if (before != null) {
      throw at.wrong("names query '" + id + "' a second time");
    }
    // Sets of which only a part is judged have many more queries than judged ones.
    if (texts.size() > 20L * limits.queriesMax()) {
      throw at.wrong("is more than the " + 20L * limits.queriesMax() + " queries that may be");
    }
  }

  boolean knows(String id) {
    return texts.containsKey(id);
  }

  void judge(String query, String document, int grade, Lines at) {
    if (!texts.containsKey(query)) {
      throw at.wrong("judges query '" + query + "', which is not among the queries");
    }
    Integer before = grades.computeIfAbsent(query, q -> new LinkedHashMap<>()).put(document, grade);
    if (before != null && before != grade) {
      throw at.wrong(
          "judges document '%s' for query '%s' a second time, with another grade"
              .formatted(document, query));
    }
    if (++count > limits.judgementsMax()) {
      throw at.wrong("is more than the " + limits.judgementsMax() + " judgements that may be");
    }
  }

  void answer(String query, String answer) {
    answers.computeIfAbsent(query, q -> new LinkedHashSet<>()).add(answer);
  }

  /// @param answersSuffice whether a query counts that has an answer and no judgement
  /// @throws engram.retrieval.RefusedException if there are none, or too many
  List<JudgedQuery> queries(boolean answersSuffice) {
    List<JudgedQuery> queries = new ArrayList<>();
    texts.forEach((id, text) -> {
      Map<String, Integer> judged = grades.getOrDefault(id, Map.of());
      Set<String> expected = answers.getOrDefault(id, Set.of());
      if (!judged.isEmpty() || (answersSuffice && !expected.isEmpty())) {
        queries.add(checked(id, text, judged, expected));
      }
    });
    if (queries.isEmpty()) {
      throw FileSet.invalid("No query has a judgement" + (answersSuffice ? " or an answer." : "."));
    }
    if (queries.size() > limits.queriesMax()) {
      throw FileSet.invalid(
          "The set has %d judged queries; %d may be"
              .formatted(queries.size(), limits.queriesMax()));
    }
    return queries;
  }

  private static JudgedQuery checked(
      String id, String text, Map<String, Integer> judged, Set<String> expected) {
    try {
      return new JudgedQuery(id, text, judged, List.copyOf(expected));
    } catch (IllegalArgumentException refused) {
      throw FileSet.invalid(String.valueOf(refused.getMessage()) + ".");
    }
  }

  /// A grade as files write it: a whole number, also as `1.0`.
  static int grade(String text, Lines at) {
    try {
      double grade = Double.parseDouble(text.strip());
      if (grade == Math.rint(grade) && Math.abs(grade) <= ReadLimits.GRADE_MAX) {
        return (int) grade;
      }
    } catch (NumberFormatException notANumber) {
      throw at.wrong("has the grade '" + shown(text) + "', which is no whole number");
    }
    throw at.wrong(
        "has the grade '%s', which is no whole number up to %d"
            .formatted(shown(text), ReadLimits.GRADE_MAX));
  }

  static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
