package engram.retrieval.ingest;

import engram.retrieval.library.Store;
import engram.retrieval.library.TypeHint;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ExtractionJson;
import engram.retrieval.parse.ParserVersion;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/// Texts that parsers already found, by content, type hint and parser version.
final class Extractions {
  private final Store store;

  Extractions(Store store) {
    this.store = store;
  }

  Optional<Extraction> find(Work work) {
    return store
        .transactions()
        .readInTenant(
            work.tenant(),
            () ->
                store
                    .sql()
                    .sql(
                        "select text, structure from extractions where sha256 = :sha256"
                            + " and type_hint = :hint and parser_version = :version")
                    .param("sha256", work.sha256())
                    .param("hint", hint(work))
                    .param("version", ParserVersion.CURRENT)
                    .query((row, index) -> ExtractionJson.read(row.getString(1), row.getString(2)))
                    .optional());
  }

  /// Kept only while some file has these bytes: one that is being deleted must not leave its text.
  void keep(Work work, Extraction extraction) {
    store
        .transactions()
        .inTenant(
            work.tenant(),
            () -> {
              store.lockBlob(work.tenant(), work.sha256());
              insert(work, extraction);
            });
  }

  private void insert(Work work, Extraction extraction) {
    List<String> warnings = extraction.warnings();
    store
        .sql()
        .sql(
            """
            insert into extractions (tenant_id, sha256, type_hint, parser_version, media_type,
              title, language, page_count, text, structure, warnings)
            select :tenant, :sha256, :hint, :version, :mediaType, :title::text, :language::text,
              :pages, :text, :structure::jsonb, :warnings::jsonb
            where exists (select from file_versions where sha256 = :sha256)
            on conflict do nothing
            """)
        .param("tenant", work.tenant())
        .param("sha256", work.sha256())
        .param("hint", hint(work))
        .param("version", ParserVersion.CURRENT)
        .param("mediaType", extraction.mediaType())
        .param("title", extraction.title())
        .param("language", extraction.language())
        .param("pages", extraction.pageCount())
        .param("text", extraction.text())
        .param("structure", ExtractionJson.structure(extraction))
        .param("warnings", JsonMapper.shared().writeValueAsString(warnings))
        .update();
  }

  private static String hint(Work work) {
    return TypeHint.of(work.filename(), work.declaredType());
  }
}
