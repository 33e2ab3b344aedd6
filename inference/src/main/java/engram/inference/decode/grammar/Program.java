package engram.inference.decode.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// A grammar as instructions of a machine that reads bytes: after Thompson, Regular Expression
/// Search Algorithm, CACM 1968, with calls, as grammars nest.
///
/// Instruction `i` is `op[i]` with two operands: `BYTE` reads one from `a` to `b` and goes on at `i
/// + 1`; `SPLIT` goes on at `a` and at `b`; `JUMP` at `a`; `CALL` does the rule at `a` and then
///   goes on at `i + 1`; `RETURN` ends a rule.
final class Program {
  static final byte BYTE = 0;
  static final byte SPLIT = 1;
  static final byte JUMP = 2;
  static final byte CALL = 3;
  static final byte RETURN = 4;

  /// A grammar may need at most so many instructions.
  static final int SIZE_MAX = 1_000_000;

  private byte[] op = new byte[256];
  private int[] a = new int[256];
  private int[] b = new int[256];
  private int size;

  private final Map<String, Integer> ruleStarts = new HashMap<>();
  private final Map<Expression, String> hoisted = new LinkedHashMap<>();
  private final List<String> hoistedWaiting = new ArrayList<>();
  private final Map<String, Expression> hoistedBodies = new HashMap<>();
  private final List<Integer> callsToPatch = new ArrayList<>();
  private final List<String> calledRules = new ArrayList<>();
  private final int start;

  Program(Grammar grammar) {
    grammar.rules().forEach(this::emitRule);
    // Emitting one may hoist more.
    for (int i = 0; i < hoistedWaiting.size(); i++) {
      String name = hoistedWaiting.get(i);
      ruleStarts.put(name, size);
      Expression body = hoistedBodies.get(name);
      if (body instanceof Expression.Characters(var set)) {
        emitUtf8(set);
      } else if (body != null) {
        emit(body);
      }
      add(RETURN, 0, 0);
    }
    for (int i = 0; i < callsToPatch.size(); i++) {
      Integer target = ruleStarts.get(calledRules.get(i));
      if (target == null) {
        throw new IllegalStateException("rule " + calledRules.get(i) + " was never emitted");
      }
      a[callsToPatch.get(i)] = target;
    }
    Integer root = ruleStarts.get(grammar.root());
    start = root == null ? 0 : root;
  }

  int size() {
    return size;
  }

  int start() {
    return start;
  }

  byte op(int i) {
    return op[i];
  }

  int a(int i) {
    return a[i];
  }

  int b(int i) {
    return b[i];
  }

  private void emitRule(String name, Expression body) {
    ruleStarts.put(name, size);
    emit(body);
    add(RETURN, 0, 0);
  }

  private void emit(Expression expression) {
    switch (expression) {
      case Expression.Literal(var text) -> {
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
          add(BYTE, one & 0xFF, one & 0xFF);
        }
      }
      case Expression.Characters(var set) -> emitCharacters(expression, set);
      case Expression.Sequence(var parts) -> parts.forEach(this::emit);
      case Expression.Choice(var some) -> emitChoice(some.size(), i -> emit(some.get(i)));
      case Expression.Repeat repeat -> emitRepeat(repeat);
      case Expression.Reference(var rule) -> call(rule);
    }
  }

  /// A set with longer forms is a rule of its own: dozens of instructions, once for each set.
  private void emitCharacters(Expression expression, CodePoints set) {
    if (set.ranges().size() == 1 && set.ranges().getFirst().last() < 0x80) {
      add(BYTE, set.ranges().getFirst().first(), set.ranges().getFirst().last());
    } else {
      call(hoist(expression));
    }
  }

  private void emitUtf8(CodePoints set) {
    List<int[][]> sequences = set.utf8();
    emitChoice(
        sequences.size(),
        i -> {
          for (int[] range : sequences.get(i)) {
            add(BYTE, range[0], range[1]);
          }
        });
  }

  private void emitChoice(int count, IntConsumer one) {
    List<Integer> jumps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (i == count - 1) {
        one.accept(i);
      } else {
        int split = add(SPLIT, size + 1, 0);
        one.accept(i);
        jumps.add(add(JUMP, 0, 0));
        b[split] = size;
      }
    }
    jumps.forEach(jump -> a[jump] = size);
  }

  private void emitRepeat(Expression.Repeat repeat) {
    Expression what = repeat.what();
    int copies = repeat.max() == Expression.Repeat.UNBOUNDED ? repeat.min() + 1 : repeat.max();
    if (copies > 1 && !(what instanceof Expression.Reference)) {
      what = new Expression.Reference(hoist(what));
    }
    for (int i = 0; i < repeat.min(); i++) {
      emit(what);
    }
    if (repeat.max() == Expression.Repeat.UNBOUNDED) {
      int split = add(SPLIT, size + 1, 0);
      emit(what);
      add(JUMP, split, 0);
      b[split] = size;
      return;
    }
    List<Integer> exits = new ArrayList<>();
    for (int i = repeat.min(); i < repeat.max(); i++) {
      exits.add(add(SPLIT, size + 1, 0));
      emit(what);
    }
    exits.forEach(exit -> b[exit] = size);
  }

  private String hoist(Expression expression) {
    return hoisted.computeIfAbsent(
        expression,
        body -> {
          // No rule's name has a space.
          String name = "part " + hoisted.size();
          hoistedWaiting.add(name);
          hoistedBodies.put(name, body);
          return name;
        });
  }

  private void call(String rule) {
    callsToPatch.add(add(CALL, 0, 0));
    calledRules.add(rule);
  }

  private int add(byte operation, int first, int second) {
    if (size == SIZE_MAX) {
      throw new GrammarException("the grammar needs more than " + SIZE_MAX + " instructions");
    }
    if (size == op.length) {
      op = Arrays.copyOf(op, 2 * size);
      a = Arrays.copyOf(a, 2 * size);
      b = Arrays.copyOf(b, 2 * size);
    }
    op[size] = operation;
    a[size] = first;
    b[size] = second;
    return size++;
  }
}
