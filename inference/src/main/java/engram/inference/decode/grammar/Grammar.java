package engram.inference.decode.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Rules by name, and the one that the whole output must follow.
///
/// Always holds, so that a walk never ends in a blind alley: every rule that is named exists, every
/// rule can become a finite text, and no rule begins with itself.
public final class Grammar {
  private final String root;
  private final Map<String, Expression> rules;

  /// @throws GrammarException if what always holds does not
  Grammar(String root, Map<String, Expression> rules) {
    this.root = root;
    this.rules = new LinkedHashMap<>(rules);
    if (!rules.containsKey(root)) {
      throw new GrammarException("there is no rule " + root);
    }
    rules.forEach(this::requireRulesExist);
    requireEveryRuleIsProductive();
    requireNoLeftRecursion();
  }

  String root() {
    return root;
  }

  Map<String, Expression> rules() {
    return rules;
  }

  private void requireRulesExist(String in, Expression expression) {
    switch (expression) {
      case Expression.Reference(var rule) -> {
        if (!rules.containsKey(rule)) {
          throw new GrammarException("rule " + in + " names " + rule + ", which does not exist");
        }
      }
      case Expression.Sequence(var parts) -> parts.forEach(part -> requireRulesExist(in, part));
      case Expression.Choice(var some) -> some.forEach(one -> requireRulesExist(in, one));
      case Expression.Repeat(var what, _, _) -> requireRulesExist(in, what);
      case Expression.Literal _, Expression.Characters _ -> {}
    }
  }

  private void requireEveryRuleIsProductive() {
    Set<String> productive = new HashSet<>();
    boolean grew = true;
    while (grew) {
      grew = false;
      for (var rule : rules.entrySet()) {
        if (!productive.contains(rule.getKey()) && productive(rule.getValue(), productive)) {
          productive.add(rule.getKey());
          grew = true;
        }
      }
    }
    for (var rule : rules.entrySet()) {
      if (!allProductive(rule.getValue(), productive)) {
        throw new GrammarException("rule " + rule.getKey() + " can lead to no finite text");
      }
    }
  }

  private static boolean productive(Expression expression, Set<String> known) {
    return switch (expression) {
      case Expression.Literal _ -> true;
      case Expression.Characters(var set) -> !set.isEmpty();
      case Expression.Sequence(var parts) -> parts.stream().allMatch(p -> productive(p, known));
      case Expression.Choice(var some) -> some.stream().anyMatch(one -> productive(one, known));
      case Expression.Repeat(var what, var min, _) -> min == 0 || productive(what, known);
      case Expression.Reference(var rule) -> known.contains(rule);
    };
  }

  /// That nothing in the expression is a blind alley, also where there is a way around it.
  private static boolean allProductive(Expression expression, Set<String> known) {
    return switch (expression) {
      case Expression.Literal _ -> true;
      case Expression.Characters(var set) -> !set.isEmpty();
      case Expression.Sequence(var parts) -> parts.stream().allMatch(p -> allProductive(p, known));
      case Expression.Choice(var some) ->
          !some.isEmpty() && some.stream().allMatch(one -> allProductive(one, known));
      case Expression.Repeat(var what, _, _) -> allProductive(what, known);
      case Expression.Reference(var rule) -> known.contains(rule);
    };
  }

  private void requireNoLeftRecursion() {
    Set<String> nullable = new HashSet<>();
    boolean grew = true;
    while (grew) {
      grew = false;
      for (var rule : rules.entrySet()) {
        if (!nullable.contains(rule.getKey()) && nullable(rule.getValue(), nullable)) {
          nullable.add(rule.getKey());
          grew = true;
        }
      }
    }
    Map<String, Set<String>> begins = new HashMap<>();
    rules.forEach((name, rule) -> {
      Set<String> first = new HashSet<>();
      collectFirst(rule, nullable, first);
      begins.put(name, first);
    });
    Map<String, Integer> mark = new HashMap<>();
    for (String name : rules.keySet()) {
      requireAcyclic(name, begins, mark);
    }
  }

  private static void requireAcyclic(
      String start, Map<String, Set<String>> begins, Map<String, Integer> mark) {
    // Depth first with an explicit stack: grammars come from outside and may be deep.
    Deque<Map.Entry<String, Iterator<String>>> path = new ArrayDeque<>();
    if (mark.putIfAbsent(start, 1) != null) {
      return;
    }
    path.push(Map.entry(start, begins.getOrDefault(start, Set.of()).iterator()));
    while (!path.isEmpty()) {
      var top = path.element();
      if (!top.getValue().hasNext()) {
        mark.put(top.getKey(), 2);
        path.pop();
        continue;
      }
      String next = top.getValue().next();
      Integer seen = mark.putIfAbsent(next, 1);
      if (seen == null) {
        path.push(Map.entry(next, begins.getOrDefault(next, Set.of()).iterator()));
      } else if (seen == 1) {
        throw new GrammarException("rule " + next + " begins with itself (left recursion)");
      }
    }
  }

  private static boolean nullable(Expression expression, Set<String> known) {
    return switch (expression) {
      case Expression.Literal(var text) -> text.isEmpty();
      case Expression.Characters _ -> false;
      case Expression.Sequence(var parts) -> parts.stream().allMatch(p -> nullable(p, known));
      case Expression.Choice(var some) -> some.stream().anyMatch(one -> nullable(one, known));
      case Expression.Repeat(var what, var min, _) -> min == 0 || nullable(what, known);
      case Expression.Reference(var rule) -> known.contains(rule);
    };
  }

  private static void collectFirst(Expression expression, Set<String> nullable, Set<String> into) {
    switch (expression) {
      case Expression.Literal _, Expression.Characters _ -> {}
      case Expression.Reference(var rule) -> into.add(rule);
      case Expression.Repeat(var what, _, _) -> collectFirst(what, nullable, into);
      case Expression.Choice(var some) -> some.forEach(one -> collectFirst(one, nullable, into));
      case Expression.Sequence(var parts) -> {
        for (Expression part : parts) {
          collectFirst(part, nullable, into);
          if (!nullable(part, nullable)) {
            return;
          }
        }
      }
    }
  }
}
