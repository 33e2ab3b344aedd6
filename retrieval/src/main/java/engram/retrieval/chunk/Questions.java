package engram.retrieval.chunk;

import engram.retrieval.parse.Block;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the questions of a document and where their answers end.
///
/// Headings that end in a question mark are its questions; where there is none, lines that do and
/// begin a block, and lines that begin with `Q:` or its word in another language. Rows of a table
/// with a question and an answer column are pairs too.
final class Questions {
  private static final int QUESTION_CHARS_MAX = 400;
  private static final Pattern ASKS =
      Pattern.compile(
          ".*(?:[?？؟⸮՞፧\\x{37E}]|\\p{IsGreek};)\\s*[\"'”’»)\\]*_#:]*\\s*$", Pattern.DOTALL);
  private static final Pattern MARKED =
      Pattern.compile(
          "^[\\s>*_#-]*(?:\\d+[.)]\\s*)?(?:Q|Question|Frage|Pregunta|Domanda|Pergunta|Vraag"
              + "|Întrebare|Soru|Hỏi|Câu hỏi|Ερώτηση|Вопрос|سؤال|السؤال|प्रश्न|ถาม|คำถาม|问|问题|問|質問|질문|문)"
              + "\\s*\\d*[*_]*\\s*[:：.)][*_]*\\s*\\S.*",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Set<String> QUESTION_COLUMNS =
      Set.of(
          "question",
          "questions",
          "q",
          "query",
          "prompt",
          "frage",
          "pregunta",
          "domanda",
          "vraag",
          "pergunta",
          "вопрос",
          "pytanie",
          "soru",
          "întrebare",
          "câu hỏi",
          "ερώτηση",
          "سؤال",
          "السؤال",
          "प्रश्न",
          "คำถาม",
          "질문",
          "问题",
          "質問");
  private static final Set<String> ANSWER_COLUMNS =
      Set.of(
          "answer",
          "answers",
          "a",
          "response",
          "reply",
          "antwort",
          "respuesta",
          "réponse",
          "risposta",
          "antwoord",
          "resposta",
          "ответ",
          "odpowiedź",
          "cevap",
          "răspuns",
          "trả lời",
          "câu trả lời",
          "απάντηση",
          "إجابة",
          "الإجابة",
          "الجواب",
          "उत्तर",
          "คำตอบ",
          "답변",
          "답",
          "答案",
          "回答",
          "答え");

  /// A question with its answer.
  ///
  /// @param question as it stands there; empty for a row of a table, whose header names it
  record Pair(int start, int end, String question) {}

  private record Open(int start, int depth, String question) {}

  private final Extraction extraction;
  private final String text;
  private final List<List<String>> paths;
  private final boolean byHeadings;
  private final List<Pair> pairs = new ArrayList<>();
  private @Nullable Open open;

  /// Where headings began that nothing but headings has followed; -1 for none.
  private int headingsFrom = -1;

  private Questions(Extraction extraction) {
    this.extraction = extraction;
    this.text = extraction.text();
    this.paths = HeadingPaths.of(extraction);
    this.byHeadings = blocks().stream().anyMatch(this::isQuestionHeading);
  }

  /// In order, without overlaps.
  static List<Pair> of(Extraction extraction) {
    Questions found = new Questions(extraction);
    for (int i = 0; i < found.blocks().size(); i++) {
      if (found.blocks().get(i).start() < found.blocks().get(i).end()) {
        found.block(i);
      }
    }
    found.close(found.text.length());
    return found.pairs;
  }

  private List<Block> blocks() {
    return extraction.blocks();
  }

  private void block(int index) {
    Block block = blocks().get(index);
    if (HeadingPaths.isHeading(block.kind())) {
      heading(index, block);
      return;
    }
    if (block.kind() == Block.Kind.TABLE && isOfPairs(block)) {
      int start = headingsFrom < 0 ? block.start() : headingsFrom;
      close(start);
      rows(block, start);
    } else if (!byHeadings
        && (block.kind() == Block.Kind.PARAGRAPH || block.kind() == Block.Kind.LIST_ITEM)) {
      lines(block);
    }
    headingsFrom = -1;
  }

  private void heading(int index, Block block) {
    int depth = paths.get(index).size();
    boolean asks = byHeadings && isQuestionHeading(block) && isAnswered(index);
    if (open == null || asks || !byHeadings || depth <= open.depth()) {
      close(block.start());
      headingsFrom = headingsFrom < 0 ? block.start() : headingsFrom;
    }
    if (asks) {
      open = new Open(headingsFrom, depth, text.substring(block.start(), block.end()));
      headingsFrom = -1;
    }
  }

  private boolean isQuestionHeading(Block block) {
    return HeadingPaths.isHeading(block.kind())
        && block.end() - block.start() <= QUESTION_CHARS_MAX
        && ASKS.matcher(text.substring(block.start(), block.end())).matches();
  }

  private boolean isAnswered(int index) {
    return index + 1 < blocks().size() && !HeadingPaths.isHeading(blocks().get(index + 1).kind());
  }

  private void lines(Block block) {
    boolean first = true;
    for (int start = block.start(); start < block.end(); first = false) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 || newline > block.end() ? block.end() : newline;
      String line = text.substring(start, end);
      boolean asks = first && line.length() <= QUESTION_CHARS_MAX && ASKS.matcher(line).matches();
      if (asks || (line.length() <= QUESTION_CHARS_MAX && MARKED.matcher(line).matches())) {
        int from = headingsFrom < 0 ? start : headingsFrom;
        close(from);
        open = new Open(from, 0, line.strip());
        headingsFrom = -1;
      }
      start = end + 1;
    }
  }

  private void close(int end) {
    if (open != null) {
      int to = end;
      while (to > open.start() && Character.isWhitespace(text.charAt(to - 1))) {
        to--;
      }
      pairs.add(new Pair(open.start(), to, open.question()));
      open = null;
    }
  }

  private boolean isOfPairs(Block table) {
    if (table.level() < 1) {
      return false;
    }
    String header = text.substring(table.start(), Rows.headerEnd(extraction, table));
    List<String> cells =
        Arrays.stream(header.split("[,;\t|\n]", -1))
            .map(cell -> cell.replaceAll("[\"*_]", "").strip().toLowerCase(Locale.ROOT))
            .toList();
    return cells.stream().anyMatch(QUESTION_COLUMNS::contains)
        && cells.stream().anyMatch(ANSWER_COLUMNS::contains);
  }

  /// The first row brings the header along, and the headings above.
  private void rows(Block table, int from) {
    int start = from;
    int at = Rows.headerEnd(extraction, table);
    while (at < table.end()) {
      int end = Rows.end(extraction, at, table.end());
      if (!text.substring(at, end).isBlank()) {
        pairs.add(new Pair(start, end, ""));
        start = Math.min(end + 1, table.end());
      }
      at = end + 1;
    }
    if (start < table.end() && !text.substring(start, table.end()).isBlank()) {
      pairs.add(new Pair(start, table.end(), ""));
    }
  }
}
