package engram.retrieval.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// An extraction as two stored values: its text, and everything else as one compact JSON object.
public final class ExtractionJson {
  private static final JsonMapper JSON = JsonMapper.builder(new JsonFactory()).build();

  private ExtractionJson() {}

  private record Structure(
      @Nullable String title,
      String mediaType,
      @Nullable String language,
      int pageCount,
      List<String> warnings,
      List<Block> blocks) {}

  /// Everything but the text.
  public static String structure(Extraction extraction) {
    return JSON.writeValueAsString(structureOf(extraction));
  }

  static byte[] structureBytes(Extraction extraction) {
    return JSON.writeValueAsBytes(structureOf(extraction));
  }

  /// The extraction that [#structure] was made of.
  ///
  /// @throws tools.jackson.core.JacksonException if `structure` is not such JSON
  /// @throws IllegalArgumentException if the blocks do not fit the text
  public static Extraction read(String text, String structure) {
    return extraction(text, JSON.readValue(structure, Structure.class));
  }

  /// Only the boxes of [#structure], in text order.
  ///
  /// @throws tools.jackson.core.JacksonException if `structure` is not such JSON
  public static List<Box> boxes(String structure) {
    return JSON.readValue(structure, Structure.class).blocks().stream()
        .flatMap(block -> block.boxes().stream())
        .toList();
  }

  static Extraction read(String text, byte[] structure) {
    return extraction(text, JSON.readValue(structure, Structure.class));
  }

  private static Structure structureOf(Extraction e) {
    return new Structure(
        e.title(), e.mediaType(), e.language(), e.pageCount(), e.warnings(), e.blocks());
  }

  private static Extraction extraction(String text, Structure s) {
    return new Extraction(
        text, s.title(), s.mediaType(), s.language(), s.pageCount(), s.warnings(), s.blocks());
  }
}
