package engram.inference.tokenizer.split;

import java.util.List;
import java.util.Optional;

/// How the families of byte-level vocabularies split, by the names that GGUF files use for them
/// (`tokenizer.ggml.pre`).
public final class Families {
  private static final String HAN_AND_HANGUL = "[一-龥ࠀ-一가-\uD7FF]+";
  private static final String CYRILLIC_TO_LATIN =
      "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
          + "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻ"
          + "Ȿ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";
  private static final String FINNISH = " ?[^(\\s|.,!?…。，、।۔،)]+";

  private Families() {}

  /// @return empty for a name that no family has
  public static Optional<Splitter> of(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "llama3",
              "llama-v3",
              "llama-bpe",
              "falcon3",
              "dbrx",
              "smaug-bpe",
              "chatglm-bpe",
              "cl100k",
              "pixtral",
              "lfm2",
              "seed-coder" ->
              GptSplitter.cl100k(3);
          case "qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan", "solar-open" ->
              GptSplitter.cl100k(1);
          case "gpt-2",
              "phi-2",
              "mpt",
              "olmo",
              "jais",
              "jina-es",
              "jina-de",
              "jina-v1-en",
              "jina-v2-es",
              "jina-v2-de",
              "jina-v2-code",
              "gigachat",
              "roberta-bpe",
              "r50k",
              "trillion",
              "granite-docling" ->
              GptSplitter.gpt2();
          case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b" ->
              Splitter.chain(List.of(CharacterSplitter.digits(true), GptSplitter.gpt2()));
          case "gpt-4o", "o200k", "llama4", "gpt-oss" ->
              ExpressionSplitter.isolating(Expressions.O200K);
          case "tekken" -> ExpressionSplitter.isolating(Expressions.TEKKEN);
          case "falcon" -> chain("[\\p{P}$+<=>^~|`]+", Expressions.GPT2, "[0-9][0-9][0-9]");
          case "deepseek-llm" ->
              chain(
                  "[\\r\\n]",
                  CYRILLIC_TO_LATIN,
                  "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
                  "\\s+$",
                  HAN_AND_HANGUL,
                  "\\p{N}+");
          case "deepseek-coder" ->
              chain("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", HAN_AND_HANGUL, "\\p{N}");
          case "deepseek-v3", "hunyuan-dense" ->
              chain(
                  "\\p{N}{1,3}",
                  "[一-龥\u3040-ゟ゠-ヿ]+",
                  "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                      + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                      + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
          case "poro-chat", "bloom", "gpt3-finnish" -> ExpressionSplitter.isolating(FINNISH);
          case "viking" -> chain(FINNISH, "\\p{N}");
          case "chameleon" ->
              chain(
                  "<sentinel:[0-9]+>",
                  "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
                  "([\\t\\n]|    |  )",
                  "\\p{N}",
                  "[\\p{P}!-/:-@\\[-`{-~]",
                  Expressions.GPT2);
          case "default" ->
              chain("[\\p{P}$+<=>^~|]+", Expressions.GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
          default -> null;
        });
  }

  private static Splitter chain(String... expressions) {
    return Splitter.chain(
        java.util.Arrays.stream(expressions)
            .map(expression ->
                expression.equals(Expressions.GPT2)
                    ? GptSplitter.gpt2()
                    : (Splitter) ExpressionSplitter.isolating(expression))
            .toList());
  }
}
