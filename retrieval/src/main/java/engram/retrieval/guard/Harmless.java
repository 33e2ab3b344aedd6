package engram.retrieval.guard;

import java.util.regex.Pattern;

/// Text of documents as a model is shown it.
///
/// What looks like our marks around passages and documents, or like a token of the templates that
/// servers put chats into, is broken up by a blank; servers that read those tokens in any text
/// would end our turn there. Characters that nobody sees and a model reads (the tags of Unicode)
/// are left out.
public final class Harmless {
  private static final Pattern TEMPLATE_TOKEN =
      Pattern.compile(
          "[<＜](?=\\s*/?\\s*(?:passage|document)|[|｜]|/?s>|/?SYS>>|<SYS>>|</SYS>>"
              + "|/?(?:start|end)_of_turn>|/?system>)"
              + "|\\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)])",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern TAGS = Pattern.compile("[\\x{E0000}-\\x{E007F}]");

  private Harmless() {}

  public static String text(CharSequence text) {
    return TEMPLATE_TOKEN.matcher(TAGS.matcher(text).replaceAll("")).replaceAll("$0 ");
  }
}
