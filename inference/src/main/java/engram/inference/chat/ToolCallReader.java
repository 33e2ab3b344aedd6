package engram.inference.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Finds calls of tools in what a model writes, as it writes it.
///
/// Text that may be the beginning of a call is held back until it is one or is none; what turns out
/// to be no call comes out as text, unchanged. Special tokens must be in the text that is read, as
/// Llama's and Mistral's marks are such tokens. One reader per message, one caller at a time.
public final class ToolCallReader {
  private static final String OPEN = "<tool_call>";
  private static final String CLOSE = "</tool_call>";
  private static final String CALLS = "[TOOL_CALLS]";
  private static final String ARGUMENTS = "[ARGS]";
  private static final String PYTHON = "<|python_tag|>";
  // A call that is longer is text; closings within strings are tried so often.
  private static final int MAX_CALL_CHARACTERS = 1 << 20;
  private static final int MAX_CLOSINGS = 16;

  /// A part of a message.
  public sealed interface Part {
    record Text(String text) implements Part {}

    record Call(ToolCall call) implements Part {}
  }

  private final ToolCallForm form;
  private final CallJson json;
  private final StringBuilder held = new StringBuilder();
  private boolean inside;
  private boolean begun;
  private boolean afterCall;

  /// @param ids for calls to which the model gives none
  public ToolCallReader(ToolCallForm form, Supplier<String> ids) {
    this.form = form;
    this.json = new CallJson(ids);
  }

  /// @return what is sure now; empty while something is held back
  public List<Part> push(String text) {
    held.append(text);
    List<Part> parts = new ArrayList<>();
    read(parts, false);
    return parts;
  }

  /// The rest, when the message has ended.
  public List<Part> finish() {
    List<Part> parts = new ArrayList<>();
    read(parts, true);
    text(parts, held.length());
    return parts;
  }

  private void read(List<Part> parts, boolean ended) {
    if (inside && held.length() > MAX_CALL_CHARACTERS) {
      inside = false;
      text(parts, held.length());
    }
    switch (form) {
      case NONE -> text(parts, held.length());
      case HERMES -> hermes(parts);
      case MISTRAL -> mistral(parts, ended);
      case LLAMA -> llama(parts, ended);
    }
  }

  private void hermes(List<Part> parts) {
    while (true) {
      if (!inside) {
        if (afterCall && !spacesBetweenCalls()) {
          return;
        }
        textBefore(OPEN, parts);
        if (held.indexOf(OPEN) != 0) {
          return;
        }
        inside = true;
      }
      int end = -1;
      Optional<ToolCall> call = Optional.empty();
      int closing = held.indexOf(CLOSE);
      for (int i = 0; closing >= 0 && i < MAX_CLOSINGS && call.isEmpty(); i++) {
        end = closing + CLOSE.length();
        call = json.call(held.substring(OPEN.length(), closing));
        closing = held.indexOf(CLOSE, end);
      }
      if (call.isPresent()) {
        parts.add(new Part.Call(call.get()));
        held.delete(0, end);
        afterCall = true;
        inside = false;
      } else {
        return;
      }
    }
  }

  /// White space between two calls is no text; whether it stands there is known only once it ends.
  ///
  /// @return whether it is known
  private boolean spacesBetweenCalls() {
    int spaces = skipSpaces(0);
    String behind = held.substring(spaces);
    if (behind.startsWith(OPEN)) {
      held.delete(0, spaces);
    } else if (OPEN.startsWith(behind)) {
      return false;
    }
    afterCall = false;
    return true;
  }

  /// Gives out what stands before a mark, and keeps what may be the mark's beginning.
  private void textBefore(String mark, List<Part> parts) {
    int at = held.indexOf(mark);
    if (at >= 0) {
      text(parts, at);
      return;
    }
    int keep = Math.min(mark.length() - 1, held.length());
    while (keep > 0 && !mark.startsWith(held.substring(held.length() - keep))) {
      keep--;
    }
    text(parts, held.length() - keep);
  }

  private void mistral(List<Part> parts, boolean ended) {
    while (true) {
      if (!inside) {
        textBefore(CALLS, parts);
        if (held.indexOf(CALLS) != 0) {
          return;
        }
        inside = true;
      }
      int start = skipSpaces(CALLS.length());
      if (start >= held.length()) {
        return;
      }
      int name = start;
      if (held.charAt(start) != '[') {
        int arguments = held.indexOf(ARGUMENTS, start);
        int brace = held.indexOf("{", start);
        start = arguments >= 0 ? arguments + ARGUMENTS.length() : brace;
        if (start < 0 || (arguments < 0 && !ended && brace < 0)) {
          return;
        }
      }
      int end = CallJson.endOfValue(held, start);
      if (end < 0) {
        return;
      }
      String value = held.substring(start, end);
      int nameEnd = held.indexOf(ARGUMENTS, name);
      List<ToolCall> calls =
          held.charAt(name) == '['
              ? json.calls(value)
              : json.named(
                      held.substring(name, nameEnd >= 0 && nameEnd < start ? nameEnd : start)
                          .strip(),
                      value)
                  .map(List::of)
                  .orElse(List.of());
      if (calls.isEmpty()) {
        inside = false;
        text(parts, end);
        continue;
      }
      calls.forEach(call -> parts.add(new Part.Call(call)));
      held.delete(0, end);
      inside = false;
    }
  }

  private void llama(List<Part> parts, boolean ended) {
    while (true) {
      int start = skipSpaces(0);
      // Several calls stand behind each other, with semicolons between as a rule.
      if (afterCall && start < held.length()) {
        afterCall = false;
        if (held.charAt(start) == ';') {
          held.delete(0, start + 1);
          continue;
        }
      }
      if (start == held.length()) {
        if (begun && !inside) {
          text(parts, held.length());
        }
        return;
      }
      if (!inside) {
        String rest = held.substring(start);
        boolean marked = rest.startsWith(PYTHON);
        boolean maybe = !ended && PYTHON.startsWith(rest);
        if (begun || !(marked || maybe || rest.charAt(0) == '{')) {
          begun = true;
          text(parts, held.length());
          return;
        }
        if (maybe && !marked) {
          return;
        }
        inside = true;
      }
      int open = skipSpaces(held.indexOf(PYTHON) == start ? start + PYTHON.length() : start);
      int end =
          open < held.length() && held.charAt(open) == '{' ? CallJson.endOfValue(held, open) : -1;
      if (open < held.length() && held.charAt(open) != '{') {
        end = open;
      }
      if (end < 0) {
        return;
      }
      Optional<ToolCall> call = json.call(held.substring(open, end));
      if (call.isEmpty()) {
        inside = false;
        begun = true;
        text(parts, held.length());
        return;
      }
      parts.add(new Part.Call(call.get()));
      held.delete(0, end);
      afterCall = true;
      inside = false;
    }
  }

  private int skipSpaces(int from) {
    int i = from;
    while (i < held.length() && Character.isWhitespace(held.charAt(i))) {
      i++;
    }
    return i;
  }

  private void text(List<Part> parts, int length) {
    if (length > 0) {
      parts.add(new Part.Text(held.substring(0, length)));
      held.delete(0, length);
    }
  }
}
