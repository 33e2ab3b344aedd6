package engram.retrieval.index;

import engram.retrieval.Access;
import engram.retrieval.Filter;
import engram.retrieval.RefusedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.document.KeywordField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.IndexOrDocValuesQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Permission and filter as one Lucene query, the fast twin of [Access#mayRead] and
/// [Filter#matches].
///
/// Strings are ordered by code point on both sides, which is the order of UTF-8 bytes.
public final class AccessQuery {
  /// Comparisons in the filters of one search. Lucene itself refuses more than 1024 clauses in all.
  public static final int COMPARISONS_MAX = 256;

  public static final int DEPTH_MAX = 32;
  public static final int VALUES_MAX = 10_000;

  private final Scope scope;
  private int comparisons;
  private int values;

  private AccessQuery(Scope scope) {
    this.scope = scope;
  }

  /// What the caller may see of a collection that it may use, narrowed by a filter. It matches in
  /// this collection only, or is null: then the caller sees all of it.
  ///
  /// @throws RefusedException if the filters are larger than the limits above
  public static @Nullable Query narrowing(Scope scope, Access access, @Nullable Filter filter) {
    AccessQuery compiler = new AccessQuery(scope);
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    boolean narrows = false;
    if (!access.readsAll()) {
      all.add(compiler.readable(access), Occur.FILTER);
      narrows = true;
    }
    for (Filter condition : Arrays.asList(access.filter(), filter)) {
      if (condition != null) {
        all.add(compiler.condition(condition, 0), Occur.FILTER);
        narrows = true;
      }
    }
    return narrows ? new RememberedFilter(all.add(inScope(scope), Occur.FILTER).build()) : null;
  }

  /// Every chunk of a collection.
  public static Query everything(Scope scope) {
    return new RememberedFilter(inScope(scope));
  }

  private static Query inScope(Scope scope) {
    return new TermQuery(scope.everything());
  }

  private Query readable(Access access) {
    List<BytesRef> terms = new ArrayList<>();
    terms.add(scope.everybody());
    for (String principal : access.principals()) {
      BytesRef term = scope.reader(principal);
      if (term != null) {
        terms.add(term);
      }
    }
    return new TermInSetQuery(ChunkFields.READER, terms);
  }

  private Query condition(Filter filter, int depth) {
    if (depth > DEPTH_MAX) {
      throw tooLarge("is nested deeper than " + DEPTH_MAX);
    }
    return switch (filter) {
      case Filter.Comparison comparison -> comparison(comparison);
      case Filter.Membership membership -> membership(membership);
      case Filter.And(var filters) -> all(filters, depth);
      case Filter.Or(var filters) -> any(filters, depth);
    };
  }

  private Query all(List<Filter> filters, int depth) {
    if (filters.isEmpty()) {
      return MatchAllDocsQuery.INSTANCE;
    }
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    for (Filter filter : filters) {
      all.add(condition(filter, depth + 1), Occur.FILTER);
    }
    return all.build();
  }

  private Query any(List<Filter> filters, int depth) {
    if (filters.isEmpty()) {
      return MatchNoDocsQuery.INSTANCE;
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Filter filter : filters) {
      any.add(condition(filter, depth + 1), Occur.SHOULD);
    }
    return new ConstantScoreQuery(any.build());
  }

  private Query comparison(Filter.Comparison comparison) {
    count();
    String key = comparison.key();
    Object value = comparison.value();
    if (key.indexOf('\0') >= 0) {
      return MatchNoDocsQuery.INSTANCE;
    }
    BytesRef start = AttributeTerms.typeStart(key, value);
    BytesRef end = AttributeTerms.typeEnd(key, value);
    BytesRef term = AttributeTerms.term(key, value);
    if (term == null) {
      throw tooLarge("compares '" + key + "' with a value longer than any attribute");
    }
    return switch (comparison.operator()) {
      case EQ -> exact(List.of(term));
      case NE -> without(range(start, true, end, false), exact(List.of(term)));
      case GT -> range(term, false, end, false);
      case GTE -> range(term, true, end, false);
      case LT -> range(start, true, term, false);
      case LTE -> range(start, true, term, true);
    };
  }

  private Query membership(Filter.Membership membership) {
    count();
    String key = membership.key();
    values += membership.values().size();
    if (values > VALUES_MAX) {
      throw tooLarge("names more than " + VALUES_MAX + " values");
    }
    if (key.indexOf('\0') >= 0) {
      return MatchNoDocsQuery.INSTANCE;
    }
    List<BytesRef> terms = new ArrayList<>();
    for (Object value : membership.values()) {
      BytesRef term = AttributeTerms.term(key, value);
      if (term != null) { // longer than any attribute, so no document has it
        terms.add(term);
      }
    }
    if (!membership.negated()) {
      return exact(terms);
    }
    Object like = membership.values().getFirst();
    Query present =
        range(AttributeTerms.typeStart(key, like), true, AttributeTerms.typeEnd(key, like), false);
    return without(present, exact(terms));
  }

  private void count() {
    if (++comparisons > COMPARISONS_MAX) {
      throw tooLarge("has more than " + COMPARISONS_MAX + " comparisons");
    }
  }

  private static RefusedException tooLarge(String how) {
    return new RefusedException(
        RefusedException.Reason.INVALID, "filter_too_large", "The filter " + how + ".");
  }

  private static Query without(Query these, Query those) {
    return new BooleanQuery.Builder().add(these, Occur.FILTER).add(those, Occur.MUST_NOT).build();
  }

  private Query exact(List<BytesRef> terms) {
    return KeywordField.newSetQuery(
        ChunkFields.ATTRIBUTE, terms.stream().map(scope::attribute).toList());
  }

  /// Reads terms or looks at each candidate document, whichever Lucene finds cheaper.
  private Query range(BytesRef from, boolean fromToo, BytesRef to, boolean toToo) {
    String field = ChunkFields.ATTRIBUTE;
    BytesRef lower = scope.attribute(from);
    BytesRef upper = scope.attribute(to);
    return new IndexOrDocValuesQuery(
        new TermRangeQuery(field, lower, upper, fromToo, toToo),
        SortedSetDocValuesField.newSlowRangeQuery(field, lower, upper, fromToo, toToo));
  }
}
