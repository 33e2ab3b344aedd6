package engram.inference.decode.grammar;

import java.util.Arrays;
import java.util.List;

/// What a rule says of a text.
sealed interface Expression {
  /// The empty text.
  Expression EMPTY = new Sequence(List.of());

  /// These code points, one after the other.
  record Literal(String text) implements Expression {}

  /// One code point of a set.
  record Characters(CodePoints set) implements Expression {}

  record Sequence(List<Expression> parts) implements Expression {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /// One of these; none where there are none.
  record Choice(List<Expression> alternatives) implements Expression {
    public Choice {
      alternatives = List.copyOf(alternatives);
    }
  }

  /// @param max [#UNBOUNDED] for any number
  record Repeat(Expression what, int min, int max) implements Expression {
    static final int UNBOUNDED = -1;

    public Repeat {
      if (min < 0 || (max != UNBOUNDED && max < min)) {
        throw new GrammarException("no repetition: at least " + min + ", at most " + max);
      }
    }
  }

  record Reference(String rule) implements Expression {}

  static Expression sequence(Expression... parts) {
    return parts.length == 1 ? parts[0] : new Sequence(Arrays.asList(parts));
  }

  static Expression choice(List<Expression> alternatives) {
    return alternatives.size() == 1 ? alternatives.getFirst() : new Choice(alternatives);
  }

  static Expression choice(Expression... alternatives) {
    return choice(Arrays.asList(alternatives));
  }

  static Expression optional(Expression what) {
    return new Repeat(what, 0, 1);
  }
}
