package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Normalizer;
import engram.inference.tokenizer.split.Splitter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Hugging Face's `tokenizer.json`, with `tokenizer_config.json` beside it where there is one.
///
/// Truncation and padding that the file may ask for are not applied: the length is told
/// ([Tokenizer#maxTokens]) and the caller decides.
public final class TokenizerJson {
  private final JsonNode root;
  private final @Nullable JsonNode config;
  private final JsonModel model;
  private final Map<String, Integer> ids;
  private final List<AddedToken> added = new ArrayList<>();
  private final int size;

  private TokenizerJson(byte[] file, byte @Nullable [] configFile) {
    root = Json.read(file, "tokenizer.json");
    config = configFile == null ? null : Json.read(configFile, "tokenizer_config.json");
    model = JsonModel.read(root.path("model"));
    ids = new HashMap<>(model.ids());
    int largest = model.size();
    for (JsonNode node : root.path("added_tokens")) {
      AddedToken token =
          new AddedToken(
              Json.number(node.path("id"), "id"),
              Json.text(node, "content"),
              Json.flag(node, "special", false),
              Json.flag(node, "single_word", false),
              Json.flag(node, "lstrip", false),
              Json.flag(node, "rstrip", false),
              Json.flag(node, "normalized", !Json.flag(node, "special", false)));
      Limits.check("an added token's id is", token.id(), Limits.MAX_TOKENS - 1);
      added.add(token);
      ids.put(token.content(), token.id());
      largest = Math.max(largest, token.id() + 1);
    }
    size = largest;
    if (size == 0) {
      throw new TokenizerFileException("tokenizer.json has no tokens");
    }
  }

  /// @param tokenizerJson the whole content
  /// @throws TokenizerFileException if it is damaged, too large, or asks for what is not known
  public static Tokenizer read(byte[] tokenizerJson) {
    return read(tokenizerJson, null);
  }

  /// @param tokenizerConfig content of tokenizer_config.json: names special tokens, and holds the
  ///   chat template
  public static Tokenizer read(byte[] tokenizerJson, byte @Nullable [] tokenizerConfig) {
    try {
      return new TokenizerJson(tokenizerJson, tokenizerConfig).tokenizer();
    } catch (IllegalArgumentException damaged) {
      throw new TokenizerFileException(
          "tokenizer.json is damaged: " + damaged.getMessage(), damaged);
    }
  }

  private Tokenizer tokenizer() {
    @Nullable String[] tokens = new @Nullable String[size];
    ids.forEach((token, id) -> tokens[id] = token);
    Set<Integer> plain = new HashSet<>();
    added.forEach(token -> {
      tokens[token.id()] = token.content();
      plain.add(token.id());
    });
    SpecialTokens special = special();
    JsonNode splitters = root.path("pre_tokenizer");
    Splitter splitter = JsonSplitters.read(splitters);
    Normalizer normalizer = JsonNormalizers.read(root.path("normalizer"));
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens,
            ids,
            added,
            normalizer,
            splitter,
            model.segmenter(JsonSplitters.endsByteLevel(splitters)),
            template(special),
            JsonDecoders.read(root.path("decoder"), tokens, plain),
            special,
            config == null ? null : chatTemplate(config),
            Json.number(root.path("truncation"), "max_length", 0)));
  }

  private SpecialTokens special() {
    Map<String, Integer> named = new HashMap<>();
    for (String role : List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask")) {
      String content = config == null ? null : content(config.path(role + "_token"));
      Integer id = content == null ? null : ids.get(content);
      if (id != null) {
        named.put(role, id);
      }
    }
    String unknown = Json.textOrNull(model.node(), "unk_token");
    Integer unknownId = unknown == null ? null : ids.get(unknown);
    if (unknownId != null) {
      named.putIfAbsent("unk", unknownId);
    }
    return KnownTokens.complete(named, ids, config == null);
  }

  /// The chat template of a tokenizer_config.json that stands beside a vocabulary of another kind.
  ///
  /// @return null if it has none
  /// @throws TokenizerFileException if the file cannot be read
  public static @Nullable String chatTemplate(byte[] tokenizerConfig) {
    return chatTemplate(Json.read(tokenizerConfig, "tokenizer_config.json"));
  }

  private static @Nullable String content(JsonNode token) {
    return token.isString() ? token.stringValue() : Json.textOrNull(token, "content");
  }

  /// A template, or of several named ones the default.
  private static @Nullable String chatTemplate(JsonNode config) {
    JsonNode template = config.path("chat_template");
    if (template.isString()) {
      return template.stringValue();
    }
    for (JsonNode named : template) {
      if (Json.text(named, "name", "").equals("default")) {
        return Json.text(named, "template");
      }
    }
    return null;
  }

  private Template template(SpecialTokens special) {
    List<JsonNode> steps = Json.steps(root.path("post_processor"), "processors");
    for (JsonNode step : steps) {
      String type = Json.type(step);
      switch (type) {
        case "TemplateProcessing" -> {
          return processing(step);
        }
        case "BertProcessing" -> {
          return Template.bert(pairId(step, "cls"), pairId(step, "sep"));
        }
        case "RobertaProcessing" -> {
          return Template.roberta(pairId(step, "cls"), pairId(step, "sep"));
        }
        case "ByteLevel" -> {}
        default ->
            throw new TokenizerFileException("the post-processor '" + type + "' is not known");
      }
    }
    if (steps.isEmpty() && config != null) {
      return Template.around(
          Json.flag(config, "add_bos_token", false) ? special.bos() : -1,
          Json.flag(config, "add_eos_token", false) ? special.eos() : -1);
    }
    return Template.PLAIN;
  }

  private int pairId(JsonNode step, String field) {
    return checked(Json.number(step.path(field).path(1), field));
  }

  private Template processing(JsonNode step) {
    JsonNode tokens = step.path("special_tokens");
    List<Template.Part> single = parts(step.path("single"), tokens);
    List<Template.Part> pair = parts(step.path("pair"), tokens);
    return new Template(
        single, pair.isEmpty() ? List.of(Template.Part.FIRST, Template.Part.SECOND) : pair);
  }

  private List<Template.Part> parts(JsonNode pieces, JsonNode tokens) {
    List<Template.Part> parts = new ArrayList<>();
    for (JsonNode piece : pieces) {
      JsonNode sequence = piece.path("Sequence");
      if (sequence.isObject()) {
        boolean second = Json.text(sequence, "id").equals("B");
        parts.add(
            new Template.Part(
                second ? Template.Part.SECOND_TEXT : Template.Part.FIRST_TEXT,
                Json.number(sequence, "type_id", 0)));
        continue;
      }
      JsonNode named = piece.path("SpecialToken");
      int type = Json.number(named, "type_id", 0);
      for (JsonNode id : tokens.path(Json.text(named, "id")).path("ids")) {
        parts.add(new Template.Part(checked(Json.number(id, "ids")), type));
      }
      Limits.check("the template's length is", parts.size(), Limits.MAX_STEPS);
    }
    return parts;
  }

  private int checked(int id) {
    Limits.check("a special token's id is", id, size - 1L);
    return id;
  }
}
