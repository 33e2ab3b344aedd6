package engram.retrieval.ask;

import engram.retrieval.Answer;
import engram.retrieval.Answer.Context;
import engram.retrieval.Answer.FinishReason;
import engram.retrieval.Answer.Usage;
import engram.retrieval.SearchPage;
import engram.retrieval.ask.Terms.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Says that the documents do not answer a question, and what of it they lack.
final class Refusal {
  private static final Map<String, String> SENTENCES =
      Map.of(
          "en", "The documents do not answer this question.",
          "de", "Die Dokumente beantworten diese Frage nicht.",
          "es", "Los documentos no responden a esta pregunta.",
          "fr", "Les documents ne répondent pas à cette question.",
          "el", "Τα έγγραφα δεν απαντούν σε αυτή την ερώτηση.",
          "ru", "Документы не отвечают на этот вопрос.",
          "tr", "Belgeler bu soruyu yanıtlamıyor.",
          "ar", "المستندات لا تجيب عن هذا السؤال.",
          "vi", "Các tài liệu không trả lời câu hỏi này.",
          "zh", "这些文档没有回答这个问题。");

  private static final int MISSING_MAX = 16;

  private Refusal() {}

  /// @param supported how sure it was that the passages answer, in `[0, 1]`
  static Answer.Unsupported of(
      Question question,
      Evidence evidence,
      double supported,
      SearchPage passages,
      Context context,
      Usage usage,
      FinishReason finishReason) {
    String text = SENTENCES.getOrDefault(question.lexicon().language(), SENTENCES.get("en"));
    return new Answer.Unsupported(
        java.util.Objects.requireNonNull(text),
        missing(question, evidence),
        1 - supported,
        passages,
        context,
        usage,
        finishReason);
  }

  /// The terms that no passage carries; where all are there, the two heaviest that never stand in
  /// one passage, or in one sentence.
  private static List<String> missing(Question question, Evidence evidence) {
    List<Term> absent = new ArrayList<>();
    List<double[]> passages = new ArrayList<>();
    for (int passage = 0; passage < evidence.passages().size(); passage++) {
      passages.add(evidence.passageMatch(passage));
    }
    for (int term = 0; term < question.content().size(); term++) {
      int index = term;
      if (passages.stream().allMatch(match -> match[index] == 0)) {
        absent.add(question.content().get(term));
      }
    }
    if (!absent.isEmpty()) {
      return words(question.text(), absent);
    }
    List<String> apart = apart(question, evidence, passages);
    return apart.isEmpty()
        ? apart(
            question,
            evidence,
            evidence.sentences().stream().map(Evidence.Sentence::match).toList())
        : apart;
  }

  private static List<String> apart(Question question, Evidence evidence, List<double[]> matches) {
    String pair = "";
    double heaviest = 0;
    for (int a = 0; a < question.content().size(); a++) {
      for (int b = a + 1; b < question.content().size(); b++) {
        int left = a;
        int right = b;
        double weight = evidence.weight(a) + evidence.weight(b);
        if (weight > heaviest
            && matches.stream().noneMatch(match -> match[left] > 0 && match[right] > 0)) {
          heaviest = weight;
          pair = word(question, a) + " … " + word(question, b);
        }
      }
    }
    return pair.isEmpty() ? List.of() : List.of(pair);
  }

  private static String word(Question question, int term) {
    Term word = question.content().get(term);
    return question.text().substring(word.start(), word.end());
  }

  /// As the question writes them; pairs of characters that overlap become one word again.
  private static List<String> words(String text, List<Term> terms) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < terms.size() && words.size() < MISSING_MAX) {
      int start = terms.get(at).start();
      int end = terms.get(at).end();
      while (at + 1 < terms.size() && terms.get(at + 1).start() < end) {
        at++;
        end = terms.get(at).end();
      }
      words.add(text.substring(start, end));
      at++;
    }
    return words;
  }
}
