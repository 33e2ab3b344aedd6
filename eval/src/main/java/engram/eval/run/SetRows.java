package engram.eval.run;

import engram.db.UuidV7;
import engram.eval.JudgedQuery;
import engram.eval.JudgedSet;
import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The tables of judged sets. Each call joins the caller's transaction.
final class SetRows {
  private static final TypeReference<Map<String, Integer>> GRADES = new TypeReference<>() {};
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};
  private static final int ROWS_AT_ONCE = 500;

  private final JdbcClient jdbc;
  private final JsonMapper json;

  SetRows(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /// A query and its place in its set, from 0.
  record Numbered(int number, JudgedQuery query) {}

  JudgedSet insert(Access access, JudgedSet.Draft draft) {
    String id = "set_" + UuidV7.next().toString().replace("-", "");
    int judgements = draft.queries().stream().mapToInt(query -> query.judgements().size()).sum();
    jdbc.sql(
            """
            insert into judged_sets (id, tenant_id, name, documents_by, attribute, query_count,
              judgement_count, created_by) values (?, ?, ?, ?, ?::text, ?, ?, ?)
            """)
        .param(id)
        .param(access.tenant())
        .param(draft.name())
        .param(draft.documentsBy().text())
        .param(draft.attribute())
        .param(draft.queries().size())
        .param(judgements)
        .param(access.actor())
        .update();
    for (int from = 0; from < draft.queries().size(); from += ROWS_AT_ONCE) {
      int to = Math.min(from + ROWS_AT_ONCE, draft.queries().size());
      insert(access, id, from, draft.queries().subList(from, to));
    }
    return find(access, id);
  }

  private void insert(Access access, String set, int from, List<JudgedQuery> queries) {
    jdbc.sql(
            """
            insert into judged_queries
              (tenant_id, set_id, number, query_id, text, judgements, answers)
            select :tenant, :set, :from + row.at - 1, row.id, row.text, row.judgements, row.answers
              from unnest(:ids::text[], :texts::text[], :judgements::json[], :answers::json[])
                with ordinality as row (id, text, judgements, answers, at)
            """)
        .param("tenant", access.tenant())
        .param("set", set)
        .param("from", from)
        .param("ids", queries.stream().map(JudgedQuery::id).toArray(String[]::new))
        .param("texts", queries.stream().map(JudgedQuery::text).toArray(String[]::new))
        .param("judgements", jsons(queries.stream().map(JudgedQuery::judgements).toList()))
        .param("answers", jsons(queries.stream().map(JudgedQuery::answers).toList()))
        .update();
  }

  private String[] jsons(List<?> values) {
    return values.stream().map(json::writeValueAsString).toArray(String[]::new);
  }

  JudgedSet find(Access access, String id) {
    return jdbc.sql(
            """
            select * from judged_sets
            where id = :id and tenant_id = :tenant and (:all or created_by = :actor)
            """)
        .param("id", id)
        .param("tenant", access.tenant())
        .param("all", access.isUnrestricted())
        .param("actor", access.actor())
        .query(SetRows::set)
        .optional()
        .orElseThrow(() -> new NotFoundException("judged set", id));
  }

  Page<JudgedSet> list(Access access, Page.Cursor cursor) {
    List<JudgedSet> found =
        jdbc.sql(
                """
                select * from judged_sets
                where tenant_id = :tenant and (:all or created_by = :actor)
                  and (:after::text is null or id < :after)
                order by id desc limit :limit
                """)
            .param("tenant", access.tenant())
            .param("all", access.isUnrestricted())
            .param("actor", access.actor())
            .param("after", cursor.after(), Types.VARCHAR)
            .param("limit", cursor.limit() + 1)
            .query(SetRows::set)
            .list();
    return page(found, cursor.limit());
  }

  static <T> Page<T> page(List<T> found, int limit) {
    boolean more = found.size() > limit;
    return new Page<>(more ? found.subList(0, limit) : found, more);
  }

  /// @param limit rows at most
  List<Numbered> queries(String set, int from, int limit) {
    return jdbc.sql(
            """
            select * from judged_queries where set_id = :set and number >= :from
            order by number limit :limit
            """)
        .param("set", set)
        .param("from", from)
        .param("limit", limit)
        .query((row, index) -> new Numbered(row.getInt("number"), query(row)))
        .list();
  }

  void delete(String id) {
    jdbc.sql("delete from judged_sets where id = ?").param(id).update();
  }

  private JudgedQuery query(ResultSet row) throws SQLException {
    return new JudgedQuery(
        row.getString("query_id"),
        row.getString("text"),
        json.readValue(row.getString("judgements"), GRADES),
        json.readValue(row.getString("answers"), TEXTS));
  }

  private static JudgedSet set(ResultSet row, int index) throws SQLException {
    @Nullable String attribute = row.getString("attribute");
    return new JudgedSet(
        row.getString("id"),
        row.getString("name"),
        JudgedSet.DocumentsBy.of(row.getString("documents_by")),
        attribute,
        row.getInt("query_count"),
        row.getInt("judgement_count"),
        row.getString("created_by"),
        row.getTimestamp("created_at").toInstant());
  }
}
