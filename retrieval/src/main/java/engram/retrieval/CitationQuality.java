package engram.retrieval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How well an answer's citations hold: citation recall and precision of Gao, Yen, Yu, Chen,
/// "Enabling Large Language Models to Generate Text with Citations" (ALCE), EMNLP 2023, section 3.
///
/// Recall is the share of statements that all their citations together carry; a statement without
/// any is not carried. Precision is the share of citations that are not idle: one is idle where its
/// statement is not carried at all, or where it does not carry the statement alone and the others
/// carry it without it. Where they ask a model whether a text entails a statement, a
/// [SupportChecker] is asked.
///
/// @param statements in all answers
/// @param citations in all answers
public record CitationQuality(int statements, int carried, int citations, int needed) {
  public static final CitationQuality NOTHING = new CitationQuality(0, 0, 0, 0);

  /// A statement of an answer and the texts that it cites.
  public record Statement(String text, List<String> cited) {
    public Statement {
      cited = List.copyOf(cited);
    }
  }

  public static CitationQuality of(Collection<Statement> statements, SupportChecker checker) {
    CitationQuality sum = NOTHING;
    for (Statement statement : statements) {
      sum = sum.plus(of(statement, checker));
    }
    return sum;
  }

  private static CitationQuality of(Statement statement, SupportChecker checker) {
    List<String> cited = statement.cited();
    boolean carried = !cited.isEmpty() && checker.carries(statement.text(), cited);
    int needed = 0;
    for (int index = 0; carried && index < cited.size(); index++) {
      List<String> others = new ArrayList<>(cited);
      others.remove(index);
      boolean alone = checker.carries(statement.text(), List.of(cited.get(index)));
      boolean without = !others.isEmpty() && checker.carries(statement.text(), others);
      needed += alone || !without ? 1 : 0;
    }
    return new CitationQuality(1, carried ? 1 : 0, cited.size(), needed);
  }

  /// Against evidence that people named: what of the cited is evidence, and what of the evidence is
  /// cited. Each piece of evidence counts as a statement.
  public static <T> CitationQuality againstGold(Collection<T> cited, Collection<T> gold) {
    Set<T> found = new HashSet<>(cited);
    Set<T> wanted = new HashSet<>(gold);
    Set<T> both = new HashSet<>(found);
    both.retainAll(wanted);
    return new CitationQuality(wanted.size(), both.size(), found.size(), both.size());
  }

  public CitationQuality plus(CitationQuality other) {
    return new CitationQuality(
        statements + other.statements,
        carried + other.carried,
        citations + other.citations,
        needed + other.needed);
  }

  /// 0 where there is no statement.
  public double recall() {
    return statements == 0 ? 0 : (double) carried / statements;
  }

  /// 0 where there is no citation.
  public double precision() {
    return citations == 0 ? 0 : (double) needed / citations;
  }

  /// Their harmonic mean.
  public double f1() {
    double sum = recall() + precision();
    return sum == 0 ? 0 : 2 * recall() * precision() / sum;
  }
}
