package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.CharacterMap;
import engram.inference.tokenizer.normalize.SentencePieceNormalizer;
import engram.inference.tokenizer.segment.Segmenter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A SentencePiece model (`tokenizer.model`, `spiece.model`): unigram or merges.
///
/// Special tokens go around a text as the callers of these files do it, which the files themselves
/// do not say: the beginning for models of merges (Llama, Mistral, Gemma), the end for unigram ones
/// (T5).
public final class SentencePieceFile {
  private static final int UNIGRAM = 1;
  private static final int MERGES = 2;

  private final List<String> tokens = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<PieceType> types = new ArrayList<>();
  private int modelType = UNIGRAM;
  private boolean byteFallback;
  private boolean suffix;
  private boolean prefix = true;
  private boolean extra = true;
  private boolean escape = true;
  private byte[] table = {};
  private final Map<String, Integer> roles =
      new HashMap<>(Map.of("unk", 0, "bos", 1, "eos", 2, "pad", -1));

  private SentencePieceFile(byte[] file) {
    Limits.check("the file has a length of", file.length, Limits.MAX_FILE_BYTES);
    Protobuf in = new Protobuf(file);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> readPiece(in.message());
        case 2 -> readTraining(in.message());
        case 3 -> readNormalizer(in.message());
        default -> in.skip();
      }
    }
    if (tokens.isEmpty()) {
      throw new TokenizerFileException("the file has no pieces: it is no SentencePiece model");
    }
  }

  /// @param file the whole content
  /// @throws TokenizerFileException if it is damaged, too large or of a kind that is not known
  public static Tokenizer read(byte[] file) {
    try {
      return new SentencePieceFile(file).tokenizer();
    } catch (IllegalArgumentException damaged) {
      throw new TokenizerFileException("the model is damaged: " + damaged.getMessage(), damaged);
    }
  }

  private Tokenizer tokenizer() {
    if (modelType != UNIGRAM && modelType != MERGES) {
      throw new TokenizerFileException(
          "model type " + modelType + " is neither unigram (1) nor merges (2)");
    }
    roles.values().removeIf(id -> id < 0 || id >= tokens.size());
    int unknown = types.indexOf(PieceType.UNKNOWN);
    if (unknown >= 0) {
      roles.put("unk", unknown);
    }
    double[] numbers = scores.stream().mapToDouble(Float::doubleValue).toArray();
    SentencePieces pieces =
        new SentencePieces(
            tokens,
            numbers,
            types.toArray(new PieceType[0]),
            roles.getOrDefault("unk", SpecialTokens.NONE));
    Map<String, Integer> ids = new HashMap<>();
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
      boolean special = types.get(id) == PieceType.CONTROL || types.get(id) == PieceType.UNKNOWN;
      if ((special || types.get(id) == PieceType.USER_DEFINED) && !tokens.get(id).isEmpty()) {
        added.add(
            special
                ? AddedToken.special(id, tokens.get(id))
                : AddedToken.plain(id, tokens.get(id)));
      }
    }
    boolean unigram = modelType == UNIGRAM;
    Segmenter segmenter = unigram ? pieces.unigram(byteFallback) : pieces.merges();
    SpecialTokens special = KnownTokens.complete(roles, ids, false);
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens.toArray(new String[0]),
            ids,
            added,
            new SentencePieceNormalizer(
                table.length == 0 ? null : new CharacterMap(table),
                prefix,
                false,
                extra,
                escape,
                suffix),
            suffix ? engram.inference.tokenizer.split.Splitter.none() : pieces.splitter(),
            segmenter,
            Template.around(unigram ? -1 : special.bos(), unigram ? special.eos() : -1),
            new Spelling(pieces.bytes(), new Spelling.Joint.Nothing(), stripped()),
            special,
            null,
            0));
  }

  /// As the reference decodes: where extra spaces are removed, none stands at the beginning.
  private int stripped() {
    return suffix ? 0 : extra ? Integer.MAX_VALUE : prefix ? 1 : 0;
  }

  private void readPiece(Protobuf in) {
    Limits.check("the number of pieces is", tokens.size() + 1L, Limits.MAX_TOKENS);
    String piece = "";
    float score = 0;
    PieceType type = PieceType.NORMAL;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> piece = in.text();
        case 2 -> score = in.real();
        case 3 -> type = PieceType.of((int) in.number());
        default -> in.skip();
      }
    }
    Limits.check("a piece has a length of", piece.length(), Limits.MAX_TOKEN_CHARACTERS);
    tokens.add(piece);
    scores.add(score);
    types.add(type);
  }

  private void readTraining(Protobuf in) {
    while (in.next()) {
      switch (in.field()) {
        case 3 -> modelType = (int) in.number();
        case 24 -> suffix = in.number() != 0;
        case 35 -> byteFallback = in.number() != 0;
        case 40 -> roles.put("unk", (int) in.number());
        case 41 -> roles.put("bos", (int) in.number());
        case 42 -> roles.put("eos", (int) in.number());
        case 43 -> roles.put("pad", (int) in.number());
        default -> in.skip();
      }
    }
  }

  private void readNormalizer(Protobuf in) {
    while (in.next()) {
      switch (in.field()) {
        case 2 -> table = in.bytes();
        case 3 -> prefix = in.number() != 0;
        case 4 -> extra = in.number() != 0;
        case 5 -> escape = in.number() != 0;
        default -> in.skip();
      }
    }
  }
}
