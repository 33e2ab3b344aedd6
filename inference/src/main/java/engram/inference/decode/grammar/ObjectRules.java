package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object with members in a fixed order, some of which may be left out: for each member one rule
/// that says what may follow when something came before it, so the rules grow with the members and
/// not with their subsets.
///
/// @param at the place in the schema, which begins the rules' names
/// @param additional the value of members beyond those named; null where there are none
record ObjectRules(
    String at,
    Map<String, Expression> members,
    Set<String> required,
    @Nullable Expression additional) {

  Expression into(Map<String, Expression> rules) {
    List<String> names = List.copyOf(members.keySet());
    Expression other = additional == null ? null : otherMember(additional);
    Expression moreOthers =
        other == null
            ? Expression.EMPTY
            : new Expression.Repeat(
                Expression.sequence(JsonText.comma(), other), 0, Expression.Repeat.UNBOUNDED);
    rules.put(after(names.size()), moreOthers);
    for (int i = names.size() - 1; i >= 0; i--) {
      Expression member = Expression.sequence(JsonText.comma(), member(names.get(i)));
      rules.put(
          after(i),
          Expression.sequence(
              required.contains(names.get(i)) ? member : Expression.optional(member),
              new Expression.Reference(after(i + 1))));
    }
    return Expression.sequence(
        new Expression.Literal("{"),
        JsonText.space(),
        first(names, other, moreOthers),
        JsonText.space(),
        new Expression.Literal("}"));
  }

  /// The first member that comes is one of those up to the first that is required.
  private Expression first(List<String> names, @Nullable Expression other, Expression moreOthers) {
    List<Expression> ways = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      ways.add(Expression.sequence(member(names.get(i)), new Expression.Reference(after(i + 1))));
      if (required.contains(names.get(i))) {
        return Expression.choice(ways);
      }
    }
    if (other != null) {
      ways.add(Expression.sequence(other, moreOthers));
    }
    ways.add(Expression.EMPTY);
    return Expression.choice(ways);
  }

  private Expression member(String name) {
    Expression value = members.get(name);
    if (value == null) {
      throw new IllegalStateException("no member " + name);
    }
    return JsonText.member(JsonText.key(name), value);
  }

  private Expression otherMember(Expression value) {
    return JsonText.member(JsonText.keyOtherThan(members.keySet()), value);
  }

  private String after(int member) {
    return at + " after " + member;
  }
}
