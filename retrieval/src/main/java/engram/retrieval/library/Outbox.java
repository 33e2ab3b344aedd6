package engram.retrieval.library;

/// Writes what searches have to learn. The head of the outbox is locked until the transaction ends,
/// so each of these is called last in it.
public final class Outbox {
  private final Store store;

  public Outbox(Store store) {
    this.store = store;
  }

  /// Chunks came and went. The document counts as searchable once this change is applied.
  ///
  /// @return the change's number
  public long chunksChanged(long documentId, Long[] added, Long[] removed) {
    return store
        .sql()
        .sql(
            """
            with change as (
              insert into index_changes (seq, tenant_id, document_id, added, removed)
              values (engram_next_change(), engram_tenant(), :document,
                :added::bigint[], :removed::bigint[])
              returning seq)
            update documents set index_seq = change.seq from change where id = :document
            returning change.seq
            """)
        .param("document", documentId)
        .param("added", added)
        .param("removed", removed)
        .query(Long.class)
        .single();
  }

  /// As [#chunksChanged], of a build that does not serve: whether the document is searchable does
  /// not wait for it.
  public void buildChanged(long documentId, Long[] added, Long[] removed) {
    var _ =
        store
            .sql()
            .sql(
                """
                with change as (
                  insert into index_changes (seq, tenant_id, document_id, added, removed)
                  values (engram_next_change(), engram_tenant(), :document,
                    :added::bigint[], :removed::bigint[])
                  returning seq),
                first as (
                  update documents set index_seq = change.seq from change
                  where id = :document and index_seq = 0)
                select seq from change
                """)
            .param("document", documentId)
            .param("added", added)
            .param("removed", removed)
            .query(Long.class)
            .single();
  }

  /// What all chunks of a document carry changed: its attributes or its readers.
  void documentChanged(long documentId) {
    Long[] chunks =
        store
            .sql()
            .sql("select id from chunks where document_id = :document order by ordinal")
            .param("document", documentId)
            .query(Long.class)
            .list()
            .toArray(Long[]::new);
    if (chunks.length > 0) {
      chunksChanged(documentId, chunks, new Long[0]);
    }
  }

  /// @param seq the number of the last change; 0 if there was none
  record Dropped(long seq, long changes) {}

  /// Drops the [Departing] documents. Takes all their numbers at once: one by one, each would look
  /// through the versions that the ones before it left of the head's row.
  Dropped documentsDropped() {
    return store
        .sql()
        .sql(
            """
            with dropped as materialized (
              select id, row_number() over (order by id) as place
              from departing_documents where indexed),
            head as (
              update index_head set seq = seq + (select count(*) from dropped)
              where exists (select from dropped) returning seq),
            changes as (
              insert into index_changes (seq, tenant_id, document_id, drop_document)
              select head.seq - (select count(*) from dropped) + place, engram_tenant(), id, true
              from dropped cross join head)
            select coalesce((select seq from head), 0), (select count(*) from dropped)
            """)
        .query((row, index) -> new Dropped(row.getLong(1), row.getLong(2)))
        .single();
  }

  /// In no particular scope: the head belongs to all tenants.
  long headSeq() {
    return store
        .transactions()
        .readInSystem(
            () -> store.sql().sql("select seq from index_head").query(Long.class).single());
  }
}
