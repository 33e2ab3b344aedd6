package engram.memory;

/// What whole conversations can be read from.
public enum ConversationFormat {
  /// `{"messages": [...]}` or a bare list, as OpenAI's chat API has them, each message with a time
  /// in `created_at` (seconds since 1970 or ISO 8601).
  OPENAI,
  /// LoCoMo: a list of samples with dated sessions of two speakers.
  LOCOMO,
  /// LongMemEval: a list of questions, each with its dated haystack sessions.
  LONGMEMEVAL,
  /// One event per line, in the fields of the API.
  JSONL
}
