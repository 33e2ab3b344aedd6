package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Bert;
import engram.inference.tokenizer.normalize.CharacterMap;
import engram.inference.tokenizer.normalize.Normalizer;
import engram.inference.tokenizer.normalize.SentencePieceNormalizer;
import engram.inference.tokenizer.segment.Bpe;
import engram.inference.tokenizer.segment.Segmenter;
import engram.inference.tokenizer.segment.WordPiece;
import engram.inference.tokenizer.split.CharacterSplitter;
import engram.inference.tokenizer.split.Families;
import engram.inference.tokenizer.split.Splitter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The vocabulary of a GGUF file: what its metadata says under `tokenizer.ggml.*`.
///
/// Kinds: `llama` (SentencePiece's merges), `gpt2` (byte-level merges), `bert` (WordPiece), `t5`
/// (unigram). Where the file is silent the defaults are those of the program that defines the
/// format.
public final class GgufVocabulary {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final char MARK = '▁';
  private static final Set<String> BEGIN_BY_FAMILY =
      Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "tekken", "chameleon");
  private static final Set<String> WHOLE_WORDS_BY_FAMILY =
      Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "tekken");

  private final Metadata metadata;
  private final List<String> tokens;
  private final PieceType[] types;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<String, Integer> roles = new HashMap<>();

  private GgufVocabulary(Map<String, ?> values) {
    metadata = new Metadata(values);
    List<String> listed = metadata.strings(PREFIX + "tokens", Limits.MAX_TOKENS);
    if (listed == null || listed.isEmpty()) {
      throw new TokenizerFileException("the file has no " + PREFIX + "tokens");
    }
    tokens = listed;
    long characters = 0;
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      Limits.check("token " + id + " has a length of", token.length(), Limits.MAX_TOKEN_CHARACTERS);
      characters += token.length();
      ids.put(token, id);
    }
    Limits.check("the tokens have a length of", characters, Limits.MAX_VOCABULARY_CHARACTERS);
    types = typesOf(metadata, tokens);
  }

  /// @param metadata values by key: strings, numbers, truth values, and arrays or lists of them;
  ///   other keys are not looked at
  /// @throws TokenizerFileException if the metadata has no vocabulary, or one that is damaged or of
  ///   an unknown kind
  public static Tokenizer read(Map<String, ?> metadata) {
    try {
      return new GgufVocabulary(metadata).tokenizer();
    } catch (IllegalArgumentException damaged) {
      throw new TokenizerFileException(
          "the vocabulary is damaged: " + damaged.getMessage(), damaged);
    }
  }

  private Tokenizer tokenizer() {
    String kind = metadata.string(PREFIX + "model").orElse("");
    return switch (kind) {
      case "llama" -> sentencePiece(false);
      case "t5" -> sentencePiece(true);
      case "gpt2" -> byteLevel();
      case "bert" -> wordPiece();
      case "no_vocab", "none" ->
          throw new TokenizerFileException("the file says that it has no vocabulary");
      default ->
          throw new TokenizerFileException(
              PREFIX + "model '" + kind + "' is none of llama, gpt2, bert, t5");
    };
  }

  private Tokenizer sentencePiece(boolean unigram) {
    if (!unigram) {
      roles.putAll(Map.of("bos", 1, "eos", 2, "unk", 0));
    } else {
      roles.putAll(Map.of("eos", 1, "unk", 2, "pad", 0));
    }
    readRoles();
    double[] scores = metadata.numbers(PREFIX + "scores", Limits.MAX_TOKENS);
    if (scores == null || scores.length < tokens.size()) {
      throw new TokenizerFileException(
          PREFIX
              + "scores are "
              + (scores == null ? 0 : scores.length)
              + " for "
              + tokens.size()
              + " tokens");
    }
    byte[] table = metadata.bytes(PREFIX + "precompiled_charsmap", Limits.MAX_FILE_BYTES);
    boolean prefix = metadata.flag(PREFIX + "add_space_prefix", true);
    boolean extra = metadata.flag(PREFIX + "remove_extra_whitespaces", unigram);
    Normalizer normalizer =
        new SentencePieceNormalizer(
            table == null || table.length == 0 ? null : new CharacterMap(table),
            prefix,
            true,
            extra,
            true,
            false);
    SentencePieces pieces = new SentencePieces(tokens, scores, types, role("unk"));
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens.toArray(new String[0]),
            ids,
            added(),
            normalizer,
            pieces.splitter(),
            unigram ? pieces.unigram(false) : pieces.merges(),
            template(!unigram, unigram),
            new Spelling(
                pieces.bytes(),
                new Spelling.Joint.Nothing(),
                extra ? Integer.MAX_VALUE : prefix ? 1 : 0),
            special(),
            chatTemplate(),
            0));
  }

  private Tokenizer byteLevel() {
    String family = metadata.string(PREFIX + "pre").orElse("default");
    Splitter splitter =
        Families.of(family)
            .orElseThrow(
                () -> new TokenizerFileException(PREFIX + "pre '" + family + "' is not known"));
    roles.putAll(Map.of("bos", 11, "eos", 11));
    if (family.equals("chatglm-bpe")) {
      roles.remove("bos");
    }
    roles.values().removeIf(id -> id >= tokens.size());
    readRoles();
    List<String> lines = metadata.strings(PREFIX + "merges", Limits.MAX_MERGES);
    List<Bpe.Merge> merges = new ArrayList<>();
    for (String line : lines == null ? List.<String>of() : lines) {
      // A piece may begin with a space, so the first position is no border.
      int border = line.indexOf(' ', 1);
      if (border < 0) {
        throw new TokenizerFileException("merge " + merges.size() + " has no two pieces");
      }
      merges.add(new Bpe.Merge(line.substring(0, border), line.substring(border + 1)));
    }
    boolean prefix = metadata.flag(PREFIX + "add_space_prefix", false);
    boolean begin = BEGIN_BY_FAMILY.contains(family);
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens.toArray(new String[0]),
            ids,
            added(),
            prefix ? (text, first, last) -> first ? " " + text : text : Normalizer.none(),
            splitter,
            Bpe.ofMerges(
                ids,
                tokens.size(),
                merges,
                Bpe.Settings.bytes(WHOLE_WORDS_BY_FAMILY.contains(family))),
            template(begin, false),
            new Spelling(
                Spellings.byteLevel(tokens, types), new Spelling.Joint.Nothing(), prefix ? 1 : 0),
            special(),
            chatTemplate(),
            0));
  }

  private Tokenizer wordPiece() {
    roles.putAll(Map.of("bos", 101, "unk", 100, "sep", 102, "pad", 0, "mask", 103));
    roles.values().removeIf(id -> id >= tokens.size());
    readRoles();
    roles.putIfAbsent("cls", role("bos"));
    // Here pieces that begin a word carry the mark, where BERT's own files mark the others.
    Map<String, Integer> pieces = new HashMap<>();
    boolean[] inside = new boolean[tokens.size()];
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      boolean begins = !token.isEmpty() && token.charAt(0) == MARK;
      boolean word = types[id] == PieceType.NORMAL;
      inside[id] = word && !begins;
      String plain = begins ? token.substring(1) : token;
      bytes[id] = Spellings.utf8(plain);
      if (word) {
        pieces.put(begins ? plain : "##" + token, id);
      }
    }
    Segmenter segmenter = new WordPiece(pieces, "##", role("unk"), Limits.MAX_TEXT_CHARACTERS);
    int cls = role("cls");
    int sep = role("sep");
    boolean around = metadata.flag(PREFIX + "add_bos_token", true) && cls >= 0 && sep >= 0;
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens.toArray(new String[0]),
            ids,
            added(),
            new Bert(true, true, true, true),
            CharacterSplitter.bert(),
            segmenter,
            around ? Template.bert(cls, sep) : Template.PLAIN,
            new Spelling(bytes, new Spelling.Joint.Words(inside, true), 0),
            special(),
            chatTemplate(),
            0));
  }

  private void readRoles() {
    Map<String, String> keys =
        Map.ofEntries(
            Map.entry("bos_token_id", "bos"),
            Map.entry("eos_token_id", "eos"),
            Map.entry("eot_token_id", "eot"),
            Map.entry("eom_token_id", "eom"),
            Map.entry("unknown_token_id", "unk"),
            Map.entry("separator_token_id", "sep"),
            Map.entry("seperator_token_id", "sep"), // as the format spells it
            Map.entry("padding_token_id", "pad"),
            Map.entry("cls_token_id", "cls"),
            Map.entry("mask_token_id", "mask"));
    keys.forEach((key, role) -> {
      long id = metadata.number(PREFIX + key);
      // An id beyond the vocabulary is one that the model does without.
      if (id >= 0 && id < tokens.size()) {
        roles.put(role, (int) id);
      }
    });
  }

  private int role(String role) {
    return roles.getOrDefault(role, SpecialTokens.NONE);
  }

  private Template template(boolean begin, boolean end) {
    boolean bos = metadata.flag(PREFIX + "add_bos_token", begin);
    boolean eos = metadata.flag(PREFIX + "add_eos_token", end);
    return Template.around(bos ? role("bos") : -1, eos ? role("eos") : -1);
  }

  private SpecialTokens special() {
    return KnownTokens.complete(roles, ids, false);
  }

  private @Nullable String chatTemplate() {
    return metadata.string("tokenizer.chat_template").orElse(null);
  }

  private List<AddedToken> added() {
    // Files do not say which tokens take white space along; of Phi-3 it is known.
    String name = metadata.string("general.name").orElse("").toLowerCase(Locale.ROOT);
    boolean phi3 = name.contains("phi-3") || name.contains("phi3");
    boolean maskStrips = metadata.string(PREFIX + "pre").orElse("").startsWith("jina-v2-");
    Set<String> notOfPhi3 = Set.of("<unk>", "<s>", "<|endoftext|>");
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String content = tokens.get(id);
      boolean special =
          types[id] == PieceType.CONTROL
              || types[id] == PieceType.UNKNOWN
              || KnownTokens.endsGeneration(content);
      boolean usable = !content.isEmpty() && content.length() <= Limits.MAX_ADDED_TOKEN_CHARACTERS;
      if (usable && (special || types[id] == PieceType.USER_DEFINED)) {
        added.add(
            new AddedToken(
                id,
                content,
                special,
                false,
                maskStrips && content.equals("<mask>"),
                phi3 && !notOfPhi3.contains(content),
                false));
      }
    }
    return added;
  }

  private static PieceType[] typesOf(Metadata metadata, List<String> tokens) {
    double[] numbers = metadata.numbers(PREFIX + "token_type", Limits.MAX_TOKENS);
    PieceType[] types = new PieceType[tokens.size()];
    for (int id = 0; id < types.length; id++) {
      types[id] =
          numbers == null || id >= numbers.length
              ? PieceType.NORMAL
              : PieceType.of((int) numbers[id]);
    }
    return types;
  }
}
