package engram.retrieval.library;

import java.util.List;

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

  /// @return the number of the last change; 0 if there was none
  long documentsDropped(List<Long> documentIds) {
    return store
        .sql()
        .sql(
            """
            with changes as (
              insert into index_changes (seq, tenant_id, document_id, drop_document)
              select engram_next_change(), engram_tenant(), id, true
              from unnest(:documents::bigint[]) as dropped (id)
              returning seq)
            select coalesce(max(seq), 0) from changes
            """)
        .param("documents", documentIds.toArray(Long[]::new))
        .query(Long.class)
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
