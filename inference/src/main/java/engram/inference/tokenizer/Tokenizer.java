package engram.inference.tokenizer;

import engram.inference.tokenizer.normalize.Normalizer;
import engram.inference.tokenizer.segment.IdList;
import engram.inference.tokenizer.segment.Segmenter;
import engram.inference.tokenizer.split.Splitter;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Text to token ids and back, as one model's files say.
///
/// Always holds: ids are within `[0, size())`; a text takes time that grows about linearly with its
/// length, whatever it is; unpaired surrogates are read as U+FFFD. Whether `decode(encode(text))`
/// is the text depends on the model: byte-level vocabularies keep everything, others normalise.
///
/// Threads: any. Words seen lately are remembered in a table of bounded size.
public final class Tokenizer {
  /// A vocabulary's file may have at most so many bytes.
  public static final long FILE_BYTES_MAX = Limits.MAX_FILE_BYTES;

  /// What a tokenizer is made of.
  ///
  /// @param tokens by id, as the file spells them; null where an id is not used
  /// @param ids of the tokens
  /// @param added found before anything else
  /// @param spelling as long as `tokens`
  /// @param maxTokens to how many tokens the file says texts should be cut; the caller decides
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Parts(
      @Nullable String[] tokens,
      Map<String, Integer> ids,
      List<AddedToken> added,
      Normalizer normalizer,
      Splitter splitter,
      Segmenter segmenter,
      Template template,
      Spelling spelling,
      SpecialTokens special,
      @Nullable String chatTemplate,
      int maxTokens) {
    Parts withChatTemplate(String other) {
      return new Parts(
          tokens,
          ids,
          added,
          normalizer,
          splitter,
          segmenter,
          template,
          spelling,
          special,
          other,
          maxTokens);
    }
  }

  /// Ids with the type (segment) of each, which encoders of text pairs need.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Encoding(int[] ids, int[] types) {}

  /// As many tokens of a prompt are read again to go on with its text.
  private static final int TRACE_TOKENS = 16;

  private static final char GUARD = '\uFDD0';

  private final Parts parts;
  private final AddedTokens raw;
  private final AddedTokens normalized;
  private final BitSet special = new BitSet();
  private final WordMemory memory;

  Tokenizer(Parts parts) {
    this.parts = parts;
    List<AddedToken> asTheyAre =
        parts.added().stream().filter(token -> !token.normalized()).toList();
    List<AddedToken> rewritten = parts.added().stream().filter(AddedToken::normalized).toList();
    this.raw = new AddedTokens(asTheyAre, asTheyAre.stream().map(AddedToken::content).toList());
    this.normalized =
        new AddedTokens(
            rewritten,
            rewritten.stream()
                .map(token -> parts.normalizer().normalize(token.content(), false, false))
                .toList());
    parts.added().stream().filter(AddedToken::special).forEach(token -> special.set(token.id()));
    this.memory = new WordMemory(parts.segmenter());
  }

  /// Ids of a text.
  ///
  /// @param addSpecial whether the tokens go around it that the model expects around a text
  /// @param parseSpecial whether special tokens spelled out in the text are those tokens, as in a
  ///   rendered chat template; set it for no text that a user wrote
  /// @throws IllegalArgumentException if the text is too long, or the model's own expressions cost
  ///   too much on it
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    int[] ids = plain(text, parseSpecial);
    return addSpecial ? parts.template().apply(ids, null).ids() : ids;
  }

  /// Takes from special tokens that are spelled out in a text their meaning, for a text that a user
  /// or a tool wrote and that becomes part of a prompt which is encoded with `parseSpecial`: a
  /// noncharacter of Unicode (U+FDD0) goes into each, and encoding leaves it out again.
  public String guard(String text) {
    StringBuilder guarded = new StringBuilder(text.length());
    for (AddedTokens tokens : List.of(raw, normalized)) {
      String unguarded = guarded.isEmpty() ? text : guarded.toString();
      guarded.setLength(0);
      tokens.split(
          unguarded,
          true,
          (start, end, token) -> {
            guarded.append(unguarded, start, end);
            if (token != null && token.special()) {
              int within = unguarded.indexOf(token.content().charAt(0), start) + 1;
              guarded.insert(guarded.length() - (end - within), GUARD);
            }
          });
    }
    return guarded.toString();
  }

  /// Ids and types of one text, with the special tokens around it, cut to a length.
  ///
  /// @param maxTokens special tokens included; the text's end is cut
  public Encoding encodeSingle(String text, int maxTokens) {
    int[] ids = plain(text, false);
    int room = room(maxTokens, false);
    return parts.template().apply(cut(ids, room), null);
  }

  /// Ids and types of two texts, as cross-encoders read them.
  ///
  /// @param maxTokens special tokens included; the longer text is cut, until both are equally long
  public Encoding encodePair(String first, String second, int maxTokens) {
    int[] a = plain(first, false);
    int[] b = plain(second, false);
    int room = room(maxTokens, true);
    // Of an odd room the longer text gets the odd place.
    int half = b.length >= a.length ? room - room / 2 : room / 2;
    int keepB = Math.min(b.length, Math.max(room - a.length, half));
    int keepA = Math.min(a.length, room - keepB);
    return parts.template().apply(cut(a, keepA), cut(b, keepB));
  }

  private int room(int maxTokens, boolean ofPair) {
    int around = parts.template().specialTokens(ofPair);
    if (maxTokens < around) {
      throw new IllegalArgumentException("maxTokens " + maxTokens + " < special tokens " + around);
    }
    return maxTokens - around;
  }

  private static int[] cut(int[] ids, int length) {
    return ids.length <= length ? ids : java.util.Arrays.copyOf(ids, length);
  }

  private int[] plain(String text, boolean parseSpecial) {
    if (text.length() > Limits.MAX_TEXT_CHARACTERS) {
      throw new IllegalArgumentException(
          "a text of " + text.length() + " characters > " + Limits.MAX_TEXT_CHARACTERS);
    }
    String whole = wellFormed(text);
    IdList ids = new IdList(whole.length() / 3 + 4);
    if (raw.isEmpty()) {
      encodePart(whole, 0, whole.length(), parseSpecial, ids);
    } else {
      raw.split(
          whole,
          parseSpecial,
          (start, end, token) -> {
            if (token == null) {
              encodePart(whole, start, end, parseSpecial, ids);
            } else {
              ids.add(token.id());
            }
          });
    }
    return ids.toArray();
  }

  private void encodePart(String text, int start, int end, boolean parseSpecial, IdList ids) {
    boolean first = start == 0;
    String between = text.substring(start, end);
    boolean guarded = parseSpecial && between.indexOf(GUARD) >= 0;
    String unguarded = guarded ? between.replace(String.valueOf(GUARD), "") : between;
    String part = parts.normalizer().normalize(unguarded, first, end == text.length());
    if (normalized.isEmpty()) {
      words(part, 0, part.length(), first, ids);
      return;
    }
    normalized.split(
        part,
        parseSpecial && !guarded,
        (from, to, token) -> {
          if (token == null) {
            words(part, from, to, first && from == 0, ids);
          } else {
            ids.add(token.id());
          }
        });
  }

  private void words(String text, int start, int end, boolean first, IdList ids) {
    parts
        .splitter()
        .split(text, start, end, first, (word, from, to) -> memory.segment(word, from, to, ids));
  }

  /// The text of ids.
  ///
  /// @param skipSpecial whether special tokens are left out
  /// @throws IllegalArgumentException if the vocabulary has no such id
  public String decode(int[] ids, boolean skipSpecial) {
    TextStream stream = stream(skipSpecial);
    StringBuilder text = new StringBuilder(ids.length * 4);
    for (int id : ids) {
      text.append(stream.push(id));
    }
    return text.append(stream.finish()).toString();
  }

  /// Text of ids as they come, from the beginning of a text.
  public TextStream stream(boolean skipSpecial) {
    return new TextStream(this, parts.spelling(), skipSpecial, true);
  }

  /// Text of ids that go on with others: what a model writes behind its prompt. Both texts together
  /// are what [#decode] makes of all ids. So a space that the first token begins with stays, where
  /// at the beginning of a text it would be the one that encoding added; and a character that the
  /// prompt ends within becomes whole.
  ///
  /// @throws IllegalArgumentException if the vocabulary has no such id
  public TextStream continuation(int[] prompt, boolean skipSpecial) {
    // What is before that leaves no trace: at most three bytes of a character are held back.
    int from = Math.max(0, prompt.length - TRACE_TOKENS);
    TextStream stream = new TextStream(this, parts.spelling(), skipSpecial, from == 0);
    for (int at = from; at < prompt.length; at++) {
      stream.push(prompt[at]);
    }
    return stream;
  }

  /// The same vocabulary with another chat template.
  public Tokenizer withChatTemplate(String template) {
    return new Tokenizer(parts.withChatTemplate(template));
  }

  /// The bytes that a token stands for wherever it stands: a piece of a character perhaps, and with
  /// the space that belongs to it. For vocabularies of words (BERT's) without the space between.
  ///
  /// @throws IllegalArgumentException if the vocabulary has no such id
  public byte[] tokenBytes(int id) {
    requireId(id);
    return parts.spelling().bytes()[id].clone();
  }

  /// How many ids there are; some may not be used.
  public int size() {
    return parts.tokens().length;
  }

  /// A token as the file spells it; empty where the id is not used.
  public Optional<String> token(int id) {
    requireId(id);
    return Optional.ofNullable(parts.tokens()[id]);
  }

  /// The id of a token as the file spells it.
  public OptionalInt id(String token) {
    Integer id = parts.ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  public SpecialTokens special() {
    return parts.special();
  }

  /// Whether the token is found only where special tokens are asked for.
  public boolean isSpecial(int id) {
    return special.get(id);
  }

  /// The chat template that came with the vocabulary.
  public Optional<String> chatTemplate() {
    return Optional.ofNullable(parts.chatTemplate());
  }

  /// To how many tokens the file says that texts should be cut. Nothing here does so by itself.
  public OptionalInt maxTokens() {
    return parts.maxTokens() > 0 ? OptionalInt.of(parts.maxTokens()) : OptionalInt.empty();
  }

  void requireId(int id) {
    if (id < 0 || id >= size()) {
      throw new IllegalArgumentException("id " + id + " is not within 0 to " + (size() - 1));
    }
  }

  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return withoutUnpairedSurrogates(text);
      }
    }
    return text;
  }

  private static String withoutUnpairedSurrogates(String text) {
    StringBuilder built = new StringBuilder(text.length());
    text.codePoints()
        .map(codePoint -> codePoint >= 0xD800 && codePoint <= 0xDFFF ? 0xFFFD : codePoint)
        .forEach(built::appendCodePoint);
    return built.toString();
  }
}
