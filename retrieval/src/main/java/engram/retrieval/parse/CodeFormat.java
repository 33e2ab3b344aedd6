package engram.retrieval.parse;

import java.io.IOException;
import java.util.Set;

/// Source code: the decoded file itself, cut into blocks where a line without indentation follows a
/// blank one, which in most languages is between functions or classes.
final class CodeFormat implements FormatParser {
  private static final int BLOCK_CHARS_MIN = 300;
  private static final int BLOCK_CHARS_MAX = 4_000;

  private static final Set<String> ENDINGS =
      Set.of(
          "java",
          "kt",
          "kts",
          "scala",
          "groovy",
          "py",
          "pyi",
          "rb",
          "php",
          "pl",
          "pm",
          "lua",
          "r",
          "jl",
          "c",
          "h",
          "cc",
          "cpp",
          "cxx",
          "hpp",
          "hh",
          "cu",
          "cuh",
          "cs",
          "fs",
          "vb",
          "go",
          "rs",
          "swift",
          "m",
          "mm",
          "js",
          "mjs",
          "cjs",
          "jsx",
          "ts",
          "tsx",
          "vue",
          "svelte",
          "css",
          "scss",
          "less",
          "sql",
          "sh",
          "bash",
          "zsh",
          "ps1",
          "bat",
          "cmd",
          "yaml",
          "yml",
          "toml",
          "ini",
          "properties",
          "gradle",
          "cmake",
          "mk",
          "proto",
          "thrift",
          "graphql",
          "tf",
          "hcl",
          "ex",
          "exs",
          "erl",
          "hs",
          "ml",
          "mli",
          "clj",
          "cljs",
          "lisp",
          "el",
          "dart",
          "nim",
          "zig",
          "asm",
          "s",
          "f",
          "f90",
          "pas",
          "d",
          "v",
          "vhd",
          "tex",
          "cfg",
          "conf",
          "diff",
          "patch");

  static boolean isCode(Source source) {
    return ENDINGS.contains(source.extension())
        || source.mediaType().endsWith("-source")
        || source.mediaType().equals("application/javascript")
        || source.mediaType().equals("application/sql")
        || source.mediaType().equals("application/x-sh");
  }

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    LineScanner lines = new LineScanner(text);
    int start = 0;
    boolean afterBlank = false;
    while (lines.advance()) {
      boolean blank = lines.line().isBlank();
      int length = lines.start() - start;
      boolean outermost = !blank && isOutermost(text.charAt(lines.start()));
      if ((afterBlank && outermost && length >= BLOCK_CHARS_MIN)
          || (afterBlank && length >= BLOCK_CHARS_MAX)) {
        out.span(Block.Kind.CODE, 0, base + start, base + lines.start());
        start = lines.start();
      }
      afterBlank = blank;
    }
    out.span(Block.Kind.CODE, 0, base + start, base + text.length());
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  private static boolean isOutermost(char first) {
    return !Character.isWhitespace(first) && first != '}' && first != ')' && first != ']';
  }
}
