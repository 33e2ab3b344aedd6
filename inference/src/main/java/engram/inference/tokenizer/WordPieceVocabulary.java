package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Bert;
import engram.inference.tokenizer.segment.WordPiece;
import engram.inference.tokenizer.split.CharacterSplitter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// BERT's `vocab.txt`: one piece on each line, its number is its id.
public final class WordPieceVocabulary {
  private static final int MAX_WORD_CHARACTERS = 100;
  private static final Map<String, String> ROLES =
      Map.of("[UNK]", "unk", "[SEP]", "sep", "[PAD]", "pad", "[CLS]", "cls", "[MASK]", "mask");

  private WordPieceVocabulary() {}

  /// @param file the whole content
  /// @param lowerCase whether case and accents go, as in "uncased" models
  /// @throws TokenizerFileException if the file has no `[UNK]`, `[CLS]` or `[SEP]`, or is too large
  public static Tokenizer read(byte[] file, boolean lowerCase) {
    Limits.check("the file has a length of", file.length, Limits.MAX_FILE_BYTES);
    String[] lines = new String(file, StandardCharsets.UTF_8).split("\r?\n", -1);
    int size =
        lines.length > 0 && lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
    Limits.check("the number of pieces is", size, Limits.MAX_TOKENS);
    String[] tokens = java.util.Arrays.copyOf(lines, size);
    Map<String, Integer> ids = new HashMap<>();
    Map<String, Integer> roles = new HashMap<>();
    List<AddedToken> added = new ArrayList<>();
    boolean[] inside = new boolean[size];
    byte[][] bytes = new byte[size][];
    for (int id = 0; id < size; id++) {
      String token = tokens[id];
      Limits.check("piece " + id + " has a length of", token.length(), Limits.MAX_TOKEN_CHARACTERS);
      ids.put(token, id);
      String role = ROLES.get(token);
      if (role != null) {
        roles.put(role, id);
        added.add(AddedToken.special(id, token));
      }
      inside[id] = token.startsWith("##");
      bytes[id] = Spellings.utf8(inside[id] ? token.substring(2) : token);
    }
    SpecialTokens special = KnownTokens.complete(roles, ids, false);
    if (special.unk() < 0 || special.cls() < 0 || special.sep() < 0) {
      throw new TokenizerFileException("the vocabulary has no [UNK], [CLS] or [SEP]");
    }
    return new Tokenizer(
        new Tokenizer.Parts(
            tokens,
            ids,
            added,
            new Bert(true, true, lowerCase, lowerCase),
            CharacterSplitter.bert(),
            new WordPiece(ids, "##", special.unk(), MAX_WORD_CHARACTERS),
            Template.bert(special.cls(), special.sep()),
            new Spelling(bytes, new Spelling.Joint.Words(inside, true), 0),
            special,
            null,
            0));
  }
}
